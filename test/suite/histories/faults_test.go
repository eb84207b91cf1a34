package histories

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// faults are the controls: each of these patches puts a fault back in that slipway once had, which histories have to find.
var faults = []struct {
	// name of the patch.
	name string
	// breaks is the promise that it breaks. The histories of these seeds are played first, since it is likely there.
	breaks promise
	seeds  []uint64
}{
	{"refused-way-back", isStuck, []uint64{133}},
	{"hooks-of-a-neighbours-name", harmed, []uint64{1}},
	{"first-install-that-serves", fellBelow, []uint64{21}},
	{"unseen-kinds", isStuck, []uint64{27}},
	{"lost-lease", overwritten, []uint64{7290, 4865, 7336, 8832, 6141}},
	{"undone-by-force", fellBelow, []uint64{3}},
}

// root of the module, from here.
const root = "../../.."

// patched are the copies of the files that a patch changes, by their paths in the module.
func patched(t *testing.T, name, folder string) map[string]string {
	t.Helper()
	patch, err := filepath.Abs(filepath.Join("testdata/faults", name+".patch"))
	require.NoError(t, err)
	text, err := os.ReadFile(patch)
	require.NoError(t, err)
	files := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^\+\+\+ b/(.+)$`).FindAllStringSubmatch(string(text), -1) {
		file := match[1]
		content, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		files[file] = filepath.Join(folder, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(files[file]), 0o755))
		require.NoError(t, os.WriteFile(files[file], content, 0o600))
	}
	apply := exec.CommandContext(t.Context(), "git", "apply", patch)
	apply.Dir = folder
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(folder)) // not a part of a repository
	out, err := apply.CombinedOutput()
	require.NoError(t, err, "the sources have changed: change the patch %s, so that the fault is back\n%s", patch, out)
	return files
}

// withPatches returns the line of `go build` that has the copies in the place of the files.
func withPatches(t *testing.T, files map[string]string, folder string, args ...string) *exec.Cmd {
	t.Helper()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for file, with := range files {
		path, err := filepath.Abs(filepath.Join(root, file))
		require.NoError(t, err)
		overlay.Replace[path] = with
	}
	content, err := json.Marshal(overlay)
	require.NoError(t, err)
	path := filepath.Join(folder, "overlay.json")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	build := exec.CommandContext(t.Context(), "go", append([]string{"build", "-buildvcs=false", "-overlay", path}, args...)...)
	build.Dir = root
	return build
}

// Each patch fits today's sources, and what it makes of them compiles.
func TestFaultsApply(t *testing.T) {
	t.Parallel()
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			folder := t.TempDir()
			files := patched(t, fault.name, folder)
			out, err := withPatches(t, files, folder, "./test/rollout").CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}
