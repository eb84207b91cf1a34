// Package module downloads released Go modules that are used for their files alone. They are not in go.mod: none of their
// code is built, and what they require would decide the versions of ours (or cannot be had at all, where they need
// `replace`).
package module

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// Release is a released Go module.
type Release struct {
	Path, Version string
	// Sum is what go.sum would have of it: https://go.dev/ref/mod#go-sum-files
	Sum string
}

// Download returns the folder with the module's files, which is read-only and in Go's module cache. Only the first call
// on a machine needs the network. It fails if the sum is not the release's.
func Download(ctx context.Context, r Release) (string, error) {
	// Away from any go.mod, which would be asked for the version and get a line in its go.sum.
	folder, err := os.MkdirTemp("", "slipway-download-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)

	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", r.Path+"@"+r.Version)
	cmd.Dir = folder
	// The sum below is what says that the right thing came; asking a server for it would need the network each time.
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOSUMDB=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, failure := cmd.Output()

	var answer struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(stdout, &answer); err != nil && failure == nil {
		return "", err
	}
	switch {
	case answer.Error != "":
		return "", fmt.Errorf("go mod download: %s", answer.Error)
	case failure != nil:
		return "", fmt.Errorf("go mod download: %w\n%s", failure, stderr.String())
	case answer.Sum != r.Sum:
		return "", fmt.Errorf("go mod download: the sum is %s, not %s: not what was reviewed, or the version was changed without its sum", answer.Sum, r.Sum)
	}
	return answer.Dir, nil
}
