package tool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// NPM is a program that is installed from packages of npm, in the versions of a package-lock.json.
type NPM struct {
	// Name of the program, and of the folder beside this file that has package.json and package-lock.json.
	Name string
	// Node is the lowest major version of Node.js that it runs on.
	Node int
	// Needs are programs that it calls.
	Needs []Debian
}

// GitlabCILocal runs jobs of a GitLab pipeline without GitLab (https://github.com/firecow/gitlab-ci-local).
var GitlabCILocal = NPM{Name: "gitlab-ci-local", Node: 20, Needs: []Debian{Rsync}}

// Path returns the path of the program, which it installs into the user's cache first if these versions are not there
// yet. What happens is told on progress (nil: told to nobody). Processes that ask for a tool at the same time wait for
// each other.
//
// The working directory must be inside this module. It needs Node.js and npm, and the error says so.
func (n NPM) Path(ctx context.Context, progress io.Writer) (string, error) {
	path, err := n.path(ctx, progress)
	if err != nil {
		return "", fmt.Errorf("tool %s: %w", n.Name, err)
	}
	return path, nil
}

func (n NPM) path(ctx context.Context, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}
	if err := n.checkNode(ctx); err != nil {
		return "", err
	}
	for _, needed := range n.Needs {
		if _, err := needed.Path(ctx, progress); err != nil {
			return "", err
		}
	}
	module, err := moduleDir(ctx)
	if err != nil {
		return "", err
	}
	files := map[string][]byte{}
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		if files[name], err = os.ReadFile(filepath.Join(module, "test", "tool", n.Name, name)); err != nil {
			return "", err
		}
		_, _ = sum.Write(files[name]) // a hash takes everything
	}
	bin, err := cache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(bin, n.Name+"-"+hex.EncodeToString(sum.Sum(nil))[:16])
	path := filepath.Join(dir, "node_modules", ".bin", n.Name)
	if use(dir, path) {
		return path, nil
	}
	unlock, err := lock(ctx, bin, progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if use(dir, path) { // whoever held the lock has installed it
		return path, nil
	}
	fmt.Fprintf(progress, "installing %s from npm\n", n.Name)
	// Whoever finds the program at its path may run it: it gets there whole.
	partial := dir + ".partial"
	defer os.RemoveAll(partial)
	if err := install(ctx, partial, files); err != nil {
		return "", err
	}
	if err := errors.Join(os.RemoveAll(dir), os.Rename(partial, dir)); err != nil {
		return "", err
	}
	return path, removeUnused(bin, n.Name)
}

// install makes a folder of the package files and what they name. No package runs a script of its own.
func install(ctx context.Context, dir string, files map[string][]byte) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error")
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, bytes.TrimSpace(said))
	}
	return nil
}

// checkNode returns an error that says what to install if there is no Node.js of the version that it takes, or no npm.
func (n NPM) checkNode(ctx context.Context) error {
	missing := fmt.Sprintf("it runs on Node.js %d or later: install that, with npm (https://nodejs.org/en/download)", n.Node)
	output, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("%s; node --version: %w", missing, err)
	}
	version := strings.TrimSpace(string(output))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if number, err := strconv.Atoi(major); err != nil || number < n.Node {
		return fmt.Errorf("%s; the one on the PATH is %s", missing, version)
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("%s; %w", missing, err)
	}
	return nil
}
