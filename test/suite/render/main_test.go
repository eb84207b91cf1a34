// Package render_test is what the microservice chart promises to render. Each case gives the values that matter to it and
// states, in Kubernetes' own types, what must come of them. What these tests cannot say is whether an API server takes
// the objects, and whether pods run: that is for the suites with clusters.
package render_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gitlab.example.com/platform/slipway/test/charttest"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/tool"
)

const (
	chartDir    = "../../../charts/microservice"
	platformDir = "../../../ci/platform"
	exampleDir  = "../../example-microservice"
)

var chart *render.Chart

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	var err error
	if chart, err = render.Load(chartDir); err != nil {
		return 0, err
	}
	path, err := os.MkdirTemp("", "helm-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(path)
	if err := helmOnPath(context.Background(), path); err != nil {
		return 0, err
	}
	code := charttest.Run(m)
	if code == 0 && wholeSuite() {
		return 0, nothingForgotten()
	}
	return code, nil
}

// helmOnPath puts the helm of go.mod first on the PATH, through a link in dir: terratest runs whatever is called helm.
func helmOnPath(ctx context.Context, dir string) error {
	helm, err := tool.Helm3.Path(ctx, os.Stderr)
	if err != nil {
		return err
	}
	if err := os.Symlink(helm, filepath.Join(dir, "helm")); err != nil {
		return err
	}
	return os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// wholeSuite says whether every test was run, not those that flags chose.
func wholeSuite() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return true
}
