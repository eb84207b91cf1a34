package make_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// program is one that README's two commands run.
type program struct{ name, debian, whatFor string }

// programs returns what test/make/programs.txt lists.
func programs(t *testing.T) []program {
	content, err := os.ReadFile(filepath.Join(root, "test/make/programs.txt"))
	require.NoError(t, err)
	var all []program
	for line := range strings.Lines(string(content)) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 3)
		require.Len(t, words, 3, line)
		all = append(all, program{words[0], words[1], words[2]})
	}
	require.NotEmpty(t, all)
	return all
}

// machine is a PATH on which nothing but these programs is.
type machine struct{ path string }

// newMachine returns one with the programs of programs.txt, but for some, and more of coreutils.
func newMachine(t *testing.T, without ...string) machine {
	m := machine{t.TempDir()}
	names := []string{"cut", "dirname", "echo", "env", "id", "mkdir", "paste", "realpath", "sort", "test"}
	for _, p := range programs(t) {
		names = append(names, p.name)
	}
	for _, name := range names {
		if !slices.Contains(without, name) {
			path, err := exec.LookPath(name)
			require.NoError(t, err)
			require.NoError(t, os.Symlink(path, filepath.Join(m.path, name)))
		}
	}
	return m
}

// has puts a program there, of these lines of a shell.
func (m machine) has(t *testing.T, name, lines string) {
	require.NoError(t, os.WriteFile(filepath.Join(m.path, name), []byte("#!/bin/sh\n"+lines+"\n"), 0o755))
}

// run returns what a command prints there, and its exit code.
func (m machine) run(t *testing.T, environment []string, command ...string) (output string, exitCode int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = root
	cmd.Env = append(environment, "PATH="+m.path, "HOME="+m.path)
	content, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return string(content), cmd.ProcessState.ExitCode()
}

// What README says that its two commands take is what they run.
func TestReadmeNamesWhatIsNeeded(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	named := regexp.MustCompile(`With Go, git, make and the utilities of a minimal Debian \(([^)]*)\)`).FindSubmatch(content)
	require.NotNil(t, named)
	packages := []string{"golang-go", "git", "make"}
	for _, name := range strings.Split(string(named[1]), ",") {
		packages = append(packages, strings.TrimSpace(name))
	}
	var needed []string
	for _, p := range programs(t) {
		needed = append(needed, p.debian)
	}
	slices.Sort(packages)
	slices.Sort(needed)
	require.Equal(t, slices.Compact(needed), packages)
}

// Each program that is missing is named before anything is built.
func TestNeeds(t *testing.T) {
	t.Parallel()
	const command = "test/make/needs.sh"
	output, exitCode := newMachine(t).run(t, nil, command)
	require.Zero(t, exitCode, output)
	require.Empty(t, output)

	for _, p := range programs(t) {
		t.Run(p.name, func(t *testing.T) {
			says := "make runs programs that are not on the PATH; install them first:\n" +
				"  " + p.name + ", of Debian's package " + p.debian + ": " + p.whatFor + "\n"
			m := newMachine(t, p.name)
			output, exitCode := m.run(t, nil, command)
			require.Equal(t, 2, exitCode)
			require.Equal(t, says, output)

			// As make says it: nothing is built, and nothing else is said.
			for _, target := range []string{"deploy", "test"} {
				output, exitCode = m.run(t, nil, "make", target)
				require.Equal(t, 2, exitCode)
				before, _, found := strings.Cut(output, "make: *** ")
				require.True(t, found)
				require.Equal(t, says, before)
			}
		})
	}
}

// What is missing is said at once, whatever else a target needs.
func TestNeedsOfTheRaceDetector(t *testing.T) {
	t.Parallel()
	output, exitCode := newMachine(t, "diff").run(t, nil, "make", "race")
	require.Equal(t, 2, exitCode)
	require.Contains(t, output, "\n  diff, of Debian's package diffutils: ")
	require.Contains(t, output, "\n  gcc, of Debian's package gcc: links Go's race detector\n")
}

// What the suites that take Docker install is said before they do it, and what they cannot install, before anything is built.
func TestNeedsOfE2E(t *testing.T) {
	t.Parallel()
	node := "Node.js " + strconv.Itoa(tool.GitlabCILocal.Node) + " or later with npm"
	all := map[string]string{
		"id": "echo 0", "apt-get": `echo "apt-get $*"`, "dpkg-deb": "", "docker": "", "dockerd": "", "npm": "",
		"node": "echo v20.1.0", "dpkg-query": "echo install ok installed", "curl": "", "rsync": "", "docker-registry": "",
	}
	for _, c := range []struct {
		name    string
		suite   string
		machine map[string]string // beside what all has; "-": not there
		says    []string
		silent  []string
		fails   bool
	}{
		{name: "everything is there", silent: []string{"apt-get", "docker-registry"}, says: []string{"install:\n  gitlab-ci-local, from npm into "}},
		{name: "an engine", machine: map[string]string{"docker": "-", "dockerd": "-", "dpkg-query": "exit 1"},
			says: []string{"Debian's packages docker.io libcap2-bin mmdebstrap debian-archive-keyring zstd jq curl, where no image can be pulled"}},
		{name: "an engine, not as root", machine: map[string]string{"id": "echo 1000", "docker": "-"}, fails: true,
			says: []string{"need what is not there; install it first:\n  Docker's engine"}},
		{name: "an engine that does not answer, not as root", machine: map[string]string{"id": "echo 1000", "docker": "exit 1"}, fails: true,
			says: []string{"Docker's engine, or one that answers"}},
		{name: "small packages", machine: map[string]string{"rsync": "-", "curl": "-"},
			says: []string{"Debian's package rsync: copies files", "Debian's package curl: ", "apt-get install -y -qq --no-install-recommends curl rsync\n"}},
		{name: "small packages that this suite does not take", suite: "registry", machine: map[string]string{"rsync": "-", "curl": "-", "node": "-"},
			silent: []string{"apt-get", "rsync", "curl", "Node.js"}},
		{name: "small packages, not as root", machine: map[string]string{"id": "echo 1000", "rsync": "-"}, fails: true,
			says: []string{"\n  rsync, of Debian's package rsync: "}},
		{name: "a registry", machine: map[string]string{"docker-registry": "-"}, says: []string{"Debian's package docker-registry, unpacked into "}},
		{name: "a registry, elsewhere than on Debian", machine: map[string]string{"docker-registry": "-", "apt-get": "-"}, fails: true,
			says: []string{"\n  docker-registry, of Debian's package docker-registry: "}},
		{name: "Node.js", machine: map[string]string{"node": "-"}, fails: true, says: []string{"\n  " + node + ": ", "Debian 12 has 18"}},
		{name: "a newer Node.js", machine: map[string]string{"node": "echo v18.20.4"}, fails: true, says: []string{"\n  " + node + " (on the PATH is v18.20.4): "}},
		{name: "npm", machine: map[string]string{"npm": "-"}, fails: true, says: []string{"\n  " + node}},
		{name: "Node.js and an engine", machine: map[string]string{"id": "echo 1000", "node": "-", "docker": "-"}, fails: true,
			says: []string{"\n  Docker's engine", "\n  " + node}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "id")
			for name, lines := range all {
				if changed, ok := c.machine[name]; ok {
					lines = changed
				}
				if lines != "-" {
					m.has(t, name, lines)
				}
			}
			output, exitCode := m.run(t, []string{"SUITE=" + c.suite}, "make", "needs-e2e")
			require.Equal(t, c.fails, exitCode == 2, output)
			for _, text := range c.says {
				require.Contains(t, output, text)
			}
			for _, text := range c.silent {
				require.NotContains(t, output, text)
			}
			if c.fails {
				require.NotContains(t, output, "apt-get")
			}
		})
	}
}
