// Package release tests what a release is made of and how it is published: by the very commands of the pipeline.
package release

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// root of the repository, where the commands are typed.
const root = "../../.."

// charts that are released, by name.
var charts = []string{"microservice", "project"}

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		code = 2
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "slipway-release-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := helmcli.Install(context.Background(), folder); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// terminal is in the repository's root, and has a folder for what is released.
type terminal struct {
	helmcli.Terminal
	released string
}

func newTerminal(t *testing.T, p *helmcli.Program) terminal {
	folder := t.TempDir()
	return terminal{released: filepath.Join(folder, "released"), Terminal: helmcli.Terminal{
		T: t, Program: p, Folder: root,
		Env: map[string]string{"RELEASE": filepath.Join(folder, "released")},
	}}
}

// chartVersion returns the version that a chart says it has.
func chartVersion(t *testing.T, chart string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "charts", chart, "Chart.yaml"))
	require.NoError(t, err)
	var metadata struct{ Version string }
	require.NoError(t, yaml.Unmarshal(content, &metadata))
	require.NotEmpty(t, metadata.Version)
	return metadata.Version
}
