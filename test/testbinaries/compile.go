package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
)

// binary is that of one package's tests.
type binary struct {
	pkg    string // import path
	folder string // of the package, in which it runs
	path   string
}

// compile links the binaries that are not as their sources are, and returns those of all packages that have tests, in the order
// of the packages. The error holds what the go command said.
func (r *runner) compile(ctx context.Context, packages []string) ([]binary, error) {
	var all []binary
	// `go test -c` names a binary after the last part of its package's path: of packages that share one, each goes to another
	// folder.
	var folders [][]string
	seen := map[string]int{}
	listed, err := r.list(ctx, packages)
	if err != nil {
		return nil, err
	}
	for _, pkg := range listed {
		name := path.Base(pkg.ImportPath)
		n := seen[name]
		seen[name]++
		if n == len(folders) {
			folders = append(folders, nil)
		}
		folders[n] = append(folders[n], pkg.ImportPath)
		all = append(all, binary{pkg: pkg.ImportPath, folder: pkg.Dir, path: filepath.Join(r.dir, strconv.Itoa(n), name+".test")})
	}
	for n, packages := range folders {
		folder := filepath.Join(r.dir, strconv.Itoa(n)) + string(filepath.Separator)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		// Without a debugger's tables, as `go test` has it for what it runs itself.
		if _, err := r.goCommand(ctx, append([]string{"test", "-c", "-ldflags=-s -w", "-o", folder}, packages...)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Dir           string
	TestGoFiles, XTestGoFiles []string
}

// list returns the packages that have tests, each once, in the order in which they are named.
func (r *runner) list(ctx context.Context, patterns []string) ([]listed, error) {
	var all []listed
	seen := map[string]bool{}
	output, err := r.goCommand(ctx, append([]string{"list", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles"}, patterns...))
	if err != nil {
		return nil, err
	}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var one listed
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(one.TestGoFiles)+len(one.XTestGoFiles) > 0 && !seen[one.ImportPath] {
			seen[one.ImportPath] = true
			all = append(all, one)
		}
	}
}

// goCommand runs the go command, the flags that decide what is built being put behind its verb.
func (r *runner) goCommand(ctx context.Context, args []string) ([]byte, error) {
	args = append(append([]string{args[0]}, r.build...), args[1:]...)
	cmd := exec.CommandContext(ctx, "go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return output, nil
}
