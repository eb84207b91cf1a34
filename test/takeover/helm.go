package takeover

import (
	"context"

	"gitlab.example.com/platform/slipway/test/helm"
)

// render returns what the command would make live, and its hooks. Nothing changes.
func (t *takeover) render(ctx context.Context) (helm.Revision, error) {
	return t.helm.Render(ctx, nil, t.command.with("--take-ownership")...)
}

// upgrade makes a revision of the release from a chart of the takeover's own.
func (t *takeover) upgrade(ctx context.Context, chart string, flags ...string) error {
	return t.helm.Run(ctx, append([]string{"upgrade", "--install", t.command.release, chart}, flags...)...)
}
