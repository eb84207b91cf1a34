package tool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// plan is everything that decides what a build of a tool makes.
type plan struct {
	pkg      string // as in Tool
	dir      string // root of this module
	ldflags  string
	contents string // for people: the modules and their versions
	key      string // differs where the result may
}

// modulePath is the path of this module, whatever a fork renamed it to.
var modulePath = path.Dir(path.Dir(reflect.TypeFor[Tool]().PkgPath()))

func (t Tool) plan(ctx context.Context) (plan, error) {
	dir, err := moduleDir(ctx)
	if err != nil {
		return plan{}, err
	}
	p := plan{pkg: t.pkg, dir: dir}

	list, err := goCommand(ctx, dir, append([]string{"list", "-m", "-f", "{{.Path}} {{.Version}}"}, t.modules...)...)
	if err != nil {
		return plan{}, err
	}
	version := map[string]string{}
	for line := range strings.Lines(list) {
		module, v, _ := strings.Cut(strings.TrimSpace(line), " ")
		version[module] = v
	}
	p.contents = strings.ReplaceAll(strings.TrimSpace(list), "\n", ", ")

	flags := []string{"-s -w"} // no debugger's tables: a third of the size
	for variable, value := range t.variables(version) {
		flags = append(flags, "-X "+variable+"="+value)
	}
	slices.Sort(flags) // a map has no order
	p.ldflags = strings.Join(flags, " ")

	p.key, err = p.hash(ctx)
	return p, err
}

// hash returns a short key over go.mod, go.sum, the Go toolchain and its settings, the linker's flags, and the
// sources if they are this module's own.
func (p plan) hash(ctx context.Context) (string, error) {
	toolchain, err := goCommand(ctx, p.dir, "env", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS")
	if err != nil {
		return "", err
	}
	files := []string{"go.mod", "go.sum"}
	root := os.DirFS(p.dir)
	if own, ok := strings.CutPrefix(p.pkg, "./"); ok {
		err := fs.WalkDir(root, own, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasSuffix(name, "_test.go") {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}

	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", p.pkg, p.ldflags, toolchain)
	for _, name := range files {
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(content))
		_, _ = sum.Write(content) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// moduleDir returns the root of this module, which the working directory must be in.
func moduleDir(ctx context.Context) (string, error) {
	gomod, err := goCommand(ctx, "", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(strings.TrimSpace(gomod))
	found, err := goCommand(ctx, dir, "list", "-m")
	if err != nil || !slices.Contains(strings.Fields(found), modulePath) {
		wd, _ := os.Getwd()
		return "", fmt.Errorf("the working directory %s is not inside the module %s, whose go.mod says what to build: "+
			"run it from a checkout of that", wd, modulePath)
	}
	return dir, nil
}

// environment is that of every go command. Without C it builds the same on every machine, and what kind's node image is
// made of, which has no C library, is compiled once for both.
func environment() []string { return append(os.Environ(), "CGO_ENABLED=0") }

// goCommand runs the go command in dir and returns what it printed; the error holds what it complained about.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = environment()
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(out), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no go command on the PATH, and it builds this tool: install Go")
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.As(err, &exit):
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(exit.Stderr))
	default:
		return "", err
	}
}
