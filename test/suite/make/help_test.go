package make_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a newcomer types stands first, apart from what developers and releases take; and every target that says what it is for
// is listed.
func TestHelp(t *testing.T) {
	t.Parallel()
	output, exitCode := newMachine(t).run(t, nil, "make")
	require.Zero(t, exitCode, output)
	sections := strings.Split(strings.TrimSpace(output), "\n\n")
	var headings []string
	listed := map[string][]string{}
	for _, section := range sections[1:] {
		heading, targets, _ := strings.Cut(section, ":\n")
		headings = append(headings, heading)
		for line := range strings.Lines(targets) {
			listed[heading] = append(listed[heading], strings.Fields(line)[0])
		}
	}
	require.Equal(t, []string{"Deploy and test", "Develop", "Release"}, headings)
	require.Equal(t, []string{"deploy", "rollback", "down", "check", "test", "e2e", "help"}, listed[headings[0]])
	require.Equal(t, []string{"notes", "package", "binaries", "job-image", "login", "publish", "publish-image"}, listed[headings[2]])

	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	described := regexp.MustCompile(`(?m)^[a-z0-9-]+:.* ## `).FindAll(makefile, -1)
	require.Len(t, described, len(listed[headings[0]])+len(listed[headings[1]])+len(listed[headings[2]]))
	// A file of a target's name would hide it.
	phony := strings.Fields(strings.Join(regexp.MustCompile(`(?m)^\.PHONY:.*`).FindAllString(string(makefile), -1), " "))
	for _, targets := range listed {
		require.Subset(t, phony, targets)
	}
}
