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
	sources  []byte // hash of the toolchain, the linker's flags, and what this module itself has of the tool
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

	p.sources, err = p.hashSources(ctx)
	return p, err
}

// quickKey differs where the result may, and where it does not: any change of go.mod or go.sum makes another. It costs a look
// at two files, where [plan.key] asks Go for hundreds of packages.
func (p plan) quickKey() (string, error) {
	sum := sha256.New()
	_, _ = sum.Write(p.sources) // a hash takes everything
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
	}
	return short(sum.Sum(nil)), nil
}

// key differs only where the result may: it is made of the packages that are compiled, each with its module's version, and of
// what the main package takes of go.mod beside. What go.mod requires for other programs does not count.
func (p plan) key(ctx context.Context) (string, error) {
	const format = `{{.ImportPath}}{{with .Module}} {{.Path}} {{.Version}} {{.GoVersion}}{{with .Replace}} {{.Path}} {{.Version}}{{end}}{{end}} {{.DefaultGODEBUG}}`
	packages, err := goCommand(ctx, p.dir, "list", "-deps", "-f", format, p.pkg)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s", p.sources, packages)
	return short(sum.Sum(nil)), nil
}

// short is enough of a hash to tell builds of one tool apart.
func short(hash []byte) string { return hex.EncodeToString(hash)[:16] }

// hashSources returns a hash over the Go toolchain and its settings, the linker's flags, and the sources if they are this
// module's own.
func (p plan) hashSources(ctx context.Context) ([]byte, error) {
	toolchain, err := goCommand(ctx, p.dir, "env", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", p.pkg, p.ldflags, toolchain)
	own, ok := strings.CutPrefix(p.pkg, "./")
	if !ok {
		return sum.Sum(nil), nil
	}
	root := os.DirFS(p.dir)
	err = fs.WalkDir(root, own, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := fs.ReadFile(root, name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
		return err
	})
	return sum.Sum(nil), err
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
