package takeover

import (
	"context"
	"os"
	"path/filepath"

	"gitlab.example.com/platform/slipway/test/helm"
)

// render returns what the command would make live, and its hooks. Nothing changes.
func (t *takeover) render(ctx context.Context) (helm.Revision, error) {
	return t.helm.Render(ctx, nil, t.command.with("--take-ownership")...)
}

// keepAll has Helm remove no revision, whatever HELM_MAX_HISTORY says.
const keepAll = "--history-max=0"

// revise makes a revision of the release from a chart of the takeover's own, which has the files.
func (t *takeover) revise(ctx context.Context, name string, files map[string][]byte, flags ...string) error {
	folder, err := os.MkdirTemp("", "slipway-takeover-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	chart := filepath.Join(folder, name)
	if err := writeChart(chart, name, files); err != nil {
		return err
	}
	return t.helm.Run(ctx, append([]string{"upgrade", "--install", t.command.release, chart, keepAll}, flags...)...)
}
