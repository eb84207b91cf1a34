package helm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Render returns what a command with these arguments would make live, and its hooks, as the cluster is now. Nothing changes.
func (p *Program) Render(ctx context.Context, stdin io.Reader, args ...string) (Revision, error) {
	var stdout, stderr bytes.Buffer
	var rendered Revision
	err := p.run(ctx, stdin, &stdout, &stderr, append(args, "--dry-run=server", "--output=json")...)
	if err != nil {
		return rendered, fmt.Errorf("%w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	if err := json.Unmarshal(stdout.Bytes(), &rendered); err != nil {
		return rendered, fmt.Errorf("what helm --dry-run=server prints: %w", err)
	}
	return rendered, nil
}
