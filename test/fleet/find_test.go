package fleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/fleet"
)

// tree writes empty files, and returns the folder that they are in.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o644))
	}
	return dir
}

// found are the releases of services, each with its files: orders/dev: base/orders.yaml dev/orders.yaml.
func found(dir string, services []fleet.Service) (lines []string) {
	for _, service := range services {
		for _, release := range service.Releases {
			line := release.Service + "/" + release.Environment + ":"
			for _, layer := range release.Layers {
				line += " " + filepath.ToSlash(strings.TrimPrefix(layer.Path, dir+string(filepath.Separator)))
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func TestEnvironments(t *testing.T) {
	cases := []struct {
		name            string
		files, patterns []string
		want            []string
	}{
		{name: "a folder for all environments beside one for each", files: []string{"base/orders.yaml", "dev/orders.yaml"}, patterns: []string{"base/{service}.yaml", "{environment}/{service}.yaml"},
			want: []string{"orders/dev: base/orders.yaml dev/orders.yaml"}},
		{name: "a file for all environments beside one for each", files: []string{"base.yaml", "dev.yaml"}, patterns: []string{"base.yaml", "{environment}.yaml"},
			want: []string{"one/dev: base.yaml dev.yaml"}},
		{name: "a name that another pattern takes for a service", files: []string{"orders.yaml", "orders-dev.yaml"}, patterns: []string{"{service}.yaml", "{service}-{environment}.yaml"},
			want: []string{"orders/dev: orders.yaml orders-dev.yaml"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(tree(t, "one/x"), "one")
			for _, name := range c.files {
				path := filepath.Join(dir, filepath.FromSlash(name))
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, nil, 0o644))
			}
			all, err := fleet.Find(fleet.Layout{Tree: dir, Values: c.patterns, Chart: "none"})
			require.NoError(t, err)
			require.Equal(t, c.want, found(dir, all.Services))
		})
	}
}

// What holds values and is not looked into is named.
func TestSkipped(t *testing.T) {
	dir := tree(t, "orders/deploy/values-dev.yaml", "vendor/billing/deploy/values-dev.yaml", "testdata/a.yaml", "node_modules/a/package.json", ".git/orders/deploy/values-dev.yaml")
	other := tree(t, "invoices/deploy/values-dev.yaml")
	require.NoError(t, os.Symlink(other, filepath.Join(dir, "linked")))
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(dir, "empty")))
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "orders/around")))
	all, err := fleet.Find(fleet.Layout{Tree: dir, Chart: "none"})
	require.NoError(t, err)
	require.Equal(t, []string{"orders/dev: orders/deploy/values-dev.yaml"}, found(dir, all.Services))
	var skipped []string
	for _, line := range all.Skipped {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, dir+"/"), ":")
		skipped = append(skipped, name)
	}
	require.Equal(t, []string{"linked", "orders/around", "vendor"}, skipped)
}

func TestChangedSince(t *testing.T) {
	dir := tree(t, "orders/deploy/values-dev.yaml", "orders/chart/Chart.yaml", "billing/deploy/values-dev.yaml", "billing/chart/Chart.yaml", "invoices/deploy/values-dev.yaml", "invoices/chart/Chart.yaml")
	git := func(args ...string) {
		command := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "--message", "a")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "orders/chart/Chart.yaml"), []byte("# changed\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "billing/deploy/values-dev.yaml"), []byte("# changed\n"), 0o644))
	all, err := fleet.Find(fleet.Layout{Tree: dir, Chart: filepath.Join(dir, "{service}/chart")})
	require.NoError(t, err)
	changed, err := all.ChangedSince(t.Context(), dir, "HEAD", nil)
	require.NoError(t, err)
	require.Equal(t, []string{"billing/dev: billing/deploy/values-dev.yaml", "orders/dev: orders/deploy/values-dev.yaml"}, found(dir, changed.Services))
	require.Equal(t, []string{"invoices/dev: invoices/deploy/values-dev.yaml"}, found(dir, changed.Beside))
	require.True(t, changed.Partial)
}
