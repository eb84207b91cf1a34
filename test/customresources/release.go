package customresources

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// release is a released Go module that is used for its files alone. It is not in go.mod: none of its code is built, and
// what these operators require would decide the versions of ours (or cannot be had at all, where they need `replace`).
type release struct {
	path, version string
	// sum is what go.sum would have of it: https://go.dev/ref/mod#go-sum-files
	sum string
	// files of the definitions, from the module's root.
	files []string
}

// download returns the folder with the module's files, which is read-only and in Go's module cache.
func (r release) download(ctx context.Context) (string, error) {
	// Away from any go.mod, which would be asked for the version and get a line in its go.sum.
	folder, err := os.MkdirTemp("", "slipway-download-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)

	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", r.path+"@"+r.version)
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
	case answer.Sum != r.sum:
		return "", fmt.Errorf("go mod download: the sum is %s, not %s: not what was reviewed, or the version was changed without its sum", answer.Sum, r.sum)
	}
	return answer.Dir, nil
}
