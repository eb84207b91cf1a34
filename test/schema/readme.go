package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// readme returns the README.md of the chart in a folder: its README.md.gotmpl, in which helm-docs lists the values in the
// order of values.yaml.
func readme(ctx context.Context, chart string) ([]byte, error) {
	var log bytes.Buffer
	command := exec.CommandContext(ctx, "go", "tool", "helm-docs", "--dry-run", "--log-level", "warning",
		"--sort-values-order", "file", "--chart-search-root", chart)
	command.Stderr = &log
	out, err := command.Output()
	// helm-docs warns of a mistake in the template, and succeeds with half a page.
	if err == nil && (len(out) == 0 || bytes.Contains(log.Bytes(), []byte("level="))) {
		err = errors.New("no complete README")
	}
	if err != nil {
		return nil, fmt.Errorf("helm-docs: %w\n%s", err, log.Bytes())
	}
	return out, nil
}
