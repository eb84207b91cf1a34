// Package undertest has the command slipway, for the suites that run it as a person does.
package undertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Variable is the environment variable with which make names the command that it has just built: to link it takes seconds,
// and each suite would do it anew.
const Variable = "SLIPWAY"

const (
	name   = "slipway"
	module = "gitlab.example.com/platform/slipway"
)

// Slipway returns the path of the command slipway: of the one that Variable names, or else of one that is built into folder.
func Slipway(ctx context.Context, folder string) (string, error) {
	if path := os.Getenv(Variable); path != "" {
		return path, usable(path)
	}
	return build(ctx, module+"/test/cmd/slipway", folder)
}

// build builds a package's program into folder, by the name of the command, and returns its path.
func build(ctx context.Context, pkg, folder string) (string, error) {
	path := filepath.Join(folder, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", path, pkg)
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build slipway: %w\n%s", err, output)
	}
	return path, nil
}

// usable says what is wrong with a path that somebody has set: each suite runs in a folder of its own, and scripts call the
// program by its name.
func usable(path string) error {
	if !filepath.IsAbs(path) || filepath.Base(path) != name {
		return fmt.Errorf("%s=%s: is no absolute path of a program called %s", Variable, path, name)
	}
	if _, err := exec.LookPath(path); err != nil {
		return fmt.Errorf("%s=%s: %w", Variable, path, err)
	}
	return nil
}
