// Package deploy tests the charts on a real API server: what Helm 3 and Helm 4 do with them, with the deployer's rights,
// and what is live afterwards. All tests share one embedded cluster, which dies with the test's process; each has
// namespaces of its own.
package deploy

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.example.com/platform/slipway/test/cluster"
)

// parallel is how many tests run at once where -parallel does not say: most of their time they wait for Helm.
const parallel = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "set up the suite:", err)
		code = 2
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", parallel); err != nil {
			return 0, err
		}
	}

	ctx := context.Background()
	folder, err := os.MkdirTemp("", "slipway-deploy-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if err := installHelm(ctx, folder); err != nil {
		return 0, err
	}

	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() {
		if stopped := c.Stop(); err == nil {
			err = stopped
		}
	}()
	if err := administer(c.Kubeconfig); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// helmScript is the program `helm`, which terratest takes from PATH. Which Helm runs is each test's own choice.
const helmScript = `#!/bin/sh
: "${HELM_BINARY:?says which helm runs, and is not set}"
exec "$HELM_BINARY" "$@"
`

// installHelm builds both Helms, puts helmScript first on PATH, and keeps what the user has set for Helm and kubectl out.
func installHelm(ctx context.Context, folder string) error {
	for _, program := range programs {
		binary, err := program.tool.Path(ctx, os.Stderr)
		if err != nil {
			return err
		}
		program.binary = binary
	}

	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "HELM_") || name == "KUBECONFIG" {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{"HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "KUBECACHEDIR"} {
		if err := os.Setenv(name, filepath.Join(folder, name)); err != nil {
			return err
		}
	}

	bin := filepath.Join(folder, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(bin, "helm"), []byte(helmScript), 0o755); err != nil {
		return err
	}
	return os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}
