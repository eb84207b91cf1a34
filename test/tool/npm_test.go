package tool

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What npm installs is pinned by version and checksum, and comes from npm's own registry or from the one that the user has
// set in its place.
func TestLock(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(GitlabCILocal.Name, "package-lock.json"))
	require.NoError(t, err)
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	require.NoError(t, json.Unmarshal(content, &lock))
	require.Contains(t, lock.Packages, "node_modules/"+GitlabCILocal.Name)
	for path, p := range lock.Packages {
		if path != "" { // the folder itself
			require.Empty(t, p.Resolved, "%s: write it with npm install --package-lock-only --omit-lockfile-registry-resolved", path)
			require.True(t, strings.HasPrefix(p.Integrity, "sha512-"), "%s: %s", path, p.Integrity)
		}
	}
}

func TestNPMSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct{ name, program, says string }{
		{"no node", "", `executable file not found`},
		{"an old node", "#!/bin/sh\necho v18.20.4\n", "the one on the PATH is v18.20.4"},
		{"no npm", "#!/bin/sh\necho v20.0.0\n", `"npm": executable file not found`},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			if c.program != "" {
				require.NoError(t, os.WriteFile(filepath.Join(folder, "node"), []byte(c.program), 0o755))
			}
			t.Setenv("PATH", folder)
			_, err := GitlabCILocal.Path(t.Context(), nil)
			require.ErrorContains(t, err, "tool gitlab-ci-local: it runs on Node.js 20 or later: install that, with npm")
			require.ErrorContains(t, err, c.says)
		})
	}
}

// What is neither there nor can be installed is named, with Debian's name of it.
func TestDebianSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Debian{Program: "frob", Package: "frobnicate"}.Path(t.Context(), nil)
	require.ErrorContains(t, err, "there is no frob on the PATH (on Debian it is in the package frobnicate): ")
}
