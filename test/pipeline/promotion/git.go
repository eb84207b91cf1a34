package promotion

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// git runs git in the checkout, which in a job belongs to another user than the one that runs it, and returns what it prints.
func (p Promotion) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "safe.directory=*", "-C", p.Checkout}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("git %s: %w %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return string(out), err
}
