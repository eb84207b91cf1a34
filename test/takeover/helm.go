package takeover

import (
	"context"
	"encoding/json"
	"fmt"

	"gitlab.example.com/platform/slipway/test/helm"
)

// render returns what the command would make live, and its hooks. Nothing changes.
func (t *takeover) render(ctx context.Context) (helm.Revision, error) {
	said, err := t.helm.Output(ctx, t.command.with("--dry-run=server", "--output=json", "--take-ownership")...)
	if err != nil {
		return helm.Revision{}, err
	}
	var rendered helm.Revision
	if err := json.Unmarshal([]byte(said), &rendered); err != nil {
		return helm.Revision{}, fmt.Errorf("what helm --dry-run=server prints: %w", err)
	}
	return rendered, nil
}

// upgrade makes a revision of the release from a chart of the takeover's own.
func (t *takeover) upgrade(ctx context.Context, chart string, flags ...string) error {
	return t.helm.Run(ctx, append([]string{"upgrade", "--install", t.command.release, chart}, flags...)...)
}
