package tool

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hello is a small tool of a small module that says the value of the variable that the linker sets.
var hello = Tool{
	Name: "hello", program: "hello", pkg: "./hello", modules: []string{modulePath},
	variables: func(map[string]string) map[string]string {
		return map[string]string{modulePath + "/hello/version.number": "v1.2.3"}
	},
}

const (
	goodMain = "package main\n\nimport \"" + "MODULE/hello/version\"\n\nfunc main() { version.Print() }\n"
	version  = "package version\n\nvar number = \"unset\"\n\nfunc Print() { println(number) }\n"
)

// enterModule makes a module that has this one's name, goes there, and gives the test a cache folder of its own.
// What Go has compiled and downloaded stays where it is.
func enterModule(t *testing.T) (dir string) {
	t.Helper()
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := goCommand(t.Context(), "", "env", name)
		require.NoError(t, err)
		t.Setenv(name, strings.TrimSpace(value))
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	config, err := os.UserConfigDir()
	require.NoError(t, err)
	// Else the go command goes on writing there after it has ended, and the folder cannot be removed.
	write(t, filepath.Join(config, "go", "telemetry", "mode"), "off")

	dir = t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module "+modulePath+"\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "go.sum"), "")
	write(t, filepath.Join(dir, "hello", "main.go"), strings.ReplaceAll(goodMain, "MODULE", modulePath))
	write(t, filepath.Join(dir, "hello", "version", "version.go"), version)
	t.Chdir(filepath.Join(dir, "hello")) // anywhere inside will do
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func TestPathBuildsOnce(t *testing.T) {
	enterModule(t)
	var first, second bytes.Buffer

	path, err := hello.Path(t.Context(), &first)
	require.NoError(t, err)
	out, err := exec.Command(path).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "v1.2.3\n", string(out))
	require.Contains(t, first.String(), "building ./hello")
	require.Contains(t, first.String(), "built in ")
	require.Contains(t, first.String(), path+"\n")

	again, err := hello.Path(t.Context(), &second)
	require.NoError(t, err)
	require.Equal(t, path, again)
	require.Empty(t, second.String())
}

func TestPathDependsOnWhatIsBuilt(t *testing.T) {
	dir := enterModule(t)
	before, err := hello.Path(t.Context(), nil)
	require.NoError(t, err)

	for _, c := range []struct {
		name, file, content string
		same                bool
	}{
		{name: "a test", file: "hello/main_test.go", content: "package main\n", same: true},
		{name: "another package", file: "other/other.go", content: "package other\n", same: true},
		{name: "its source", file: "hello/version/version.go", content: version + "// changed\n"},
		{name: "a file of it", file: "hello/stage.yaml", content: "a: 1\n"},
		{name: "go.mod", file: "go.mod", content: "module " + modulePath + "\n\ngo 1.26.0\n"},
		{name: "go.sum", file: "go.sum", content: "\n", same: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, filepath.Join(dir, c.file), c.content)
			after, err := hello.Path(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, c.same, before == after)
			before = after
		})
	}
}

// What go.mod requires for other programs makes no other program of this one, and none is built: only what it imports counts.
func TestPathDependsOnTheModulesThatAreImported(t *testing.T) {
	dir := enterModule(t)
	proxy := t.TempDir()
	for _, module := range []string{"example.com/imported", "example.com/unused"} {
		for _, version := range []string{"v1.0.0", "v1.1.0"} {
			publish(t, proxy, module, version)
		}
	}
	t.Setenv("GOPROXY", "file://"+proxy)
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GOMODCACHE", filepath.Join(t.TempDir(), "mod"))
	t.Setenv("GOFLAGS", "-mod=mod -modcacherw")
	write(t, filepath.Join(dir, "hello", "main.go"), "package main\n\nimport \"example.com/imported\"\n\nfunc main() { println(imported.Version) }\n")
	tool := hello
	tool.variables = func(map[string]string) map[string]string { return nil }
	build := func(imported, unused string) (path, said string) {
		write(t, filepath.Join(dir, "go.mod"), "module "+modulePath+"\n\ngo 1.26\n\nrequire (\n\texample.com/imported "+imported+"\n\texample.com/unused "+unused+"\n)\n")
		path, err := tool.Path(t.Context(), nil)
		require.NoError(t, err)
		output, err := exec.Command(path).CombinedOutput()
		require.NoError(t, err)
		return path, strings.TrimSpace(string(output))
	}

	first, said := build("v1.0.0", "v1.0.0")
	require.Equal(t, "v1.0.0", said)
	unused, said := build("v1.0.0", "v1.1.0")
	require.Equal(t, "v1.0.0", said)
	require.Equal(t, first, unused)
	imported, said := build("v1.1.0", "v1.1.0")
	require.Equal(t, "v1.1.0", said)
	require.NotEqual(t, first, imported)
	again, _ := build("v1.0.0", "v1.0.0")
	require.Equal(t, first, again)
}

// publish puts a version of a module, whose package knows its own version, into the folder of a file proxy.
// https://go.dev/ref/mod#goproxy-protocol
func publish(t *testing.T, proxy, module, version string) {
	t.Helper()
	base := filepath.Join(proxy, module, "@v", version)
	gomod := "module " + module + "\n\ngo 1.26\n"
	write(t, base+".info", `{"Version":"`+version+`"}`)
	write(t, base+".mod", gomod)
	var archive bytes.Buffer
	files := zip.NewWriter(&archive)
	for name, content := range map[string]string{
		"go.mod": gomod, "version.go": "package " + filepath.Base(module) + "\n\nconst Version = \"" + version + "\"\n",
	} {
		file, err := files.Create(module + "@" + version + "/" + name)
		require.NoError(t, err)
		_, err = file.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, files.Close())
	write(t, base+".zip", archive.String())
}

func TestConcurrentBuildersBuildOnce(t *testing.T) {
	enterModule(t)
	var said [6]bytes.Buffer
	var builders sync.WaitGroup
	for i := range said {
		builders.Go(func() {
			path, err := hello.Path(t.Context(), &said[i])
			if err != nil || exec.Command(path).Run() != nil {
				t.Errorf("builder %d: %s: %v", i, path, err)
			}
		})
	}
	builders.Wait()

	built := 0
	for i := range said {
		built += strings.Count(said[i].String(), "building")
	}
	require.Equal(t, 1, built)
}

func TestWaitingForAnotherBuilderCanBeInterrupted(t *testing.T) {
	enterModule(t)
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	unlock, err := lock(t.Context(), filepath.Join(cache, "slipway", "bin"), &bytes.Buffer{})
	require.NoError(t, err)
	defer unlock()

	// The interrupt comes when it is seen to wait, however long it took to get there.
	ctx, cancel := context.WithCancel(t.Context())
	said := interrupter{interrupt: cancel}
	_, err = hello.Path(ctx, &said)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "waiting for another process that builds a tool\n", said.String())
}

// interrupter calls interrupt when something is written to it.
type interrupter struct {
	bytes.Buffer
	interrupt func()
}

func (i *interrupter) Write(p []byte) (int, error) {
	i.interrupt()
	return i.Buffer.Write(p)
}

func TestPathSaysWhyItFails(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		says    string
	}{
		{"does not compile", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "hello", "main.go"), "package main\n\nfunc main() { nothing() }\n")
		}, "undefined: nothing"},
		{"no such import", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "hello", "main.go"), "package main\n\nimport _ \"example.com/nothing\"\n\nfunc main() {}\n")
		}, "no required module provides package example.com/nothing"},
		{"no network", func(t *testing.T, dir string) {
			t.Setenv("GOPROXY", "off")
			t.Setenv("GOFLAGS", "-mod=mod")
			write(t, filepath.Join(dir, "go.mod"), "module "+modulePath+"\n\ngo 1.26\n\nrequire example.com/nothing v1.0.0\n")
			write(t, filepath.Join(dir, "hello", "main.go"), "package main\n\nimport _ \"example.com/nothing\"\n\nfunc main() {}\n")
		}, "module lookup disabled by GOPROXY=off"},
		{"outside the module", func(t *testing.T, _ string) {
			t.Chdir(t.TempDir())
		}, "is not inside the module " + modulePath},
		{"no go", func(t *testing.T, _ string) {
			t.Setenv("PATH", t.TempDir())
		}, "there is no go command on the PATH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := enterModule(t)
			c.prepare(t, dir)
			_, err := hello.Path(t.Context(), nil)
			require.ErrorContains(t, err, "tool hello: ")
			require.ErrorContains(t, err, c.says)
			left, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "slipway", "bin", "*", "*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestUnusedBuildsAreRemoved(t *testing.T) {
	dir := enterModule(t)
	build := func(source string) (path string) {
		write(t, filepath.Join(dir, "hello", "version", "version.go"), version+source)
		path, err := hello.Path(t.Context(), nil)
		require.NoError(t, err)
		return path
	}
	lastUsed := func(path string, days int) {
		then := time.Now().AddDate(0, 0, -days)
		require.NoError(t, os.Chtimes(filepath.Dir(path), then, then))
	}
	unused, recent, asked := build("// one\n"), build("// two\n"), build("// three\n")
	// Another tool, whose builds are no business of this one's.
	other := filepath.Join(filepath.Dir(filepath.Dir(unused)), "help-0123", "help")
	write(t, other, "")
	lastUsed(unused, 8)
	lastUsed(recent, 6)
	lastUsed(asked, 8)
	lastUsed(other, 30)

	require.Equal(t, asked, build("// three\n"))
	require.FileExists(t, unused, "nothing was built, so nothing is removed")
	build("// four\n")
	require.NoFileExists(t, unused)
	for _, path := range []string{recent, asked, other} {
		require.FileExists(t, path)
	}
}

func TestCounter(t *testing.T) {
	var said bytes.Buffer
	c := newCounter(&said, 250, time.Now())
	for range 250 {
		c.add()
	}
	c.end()
	lines := strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
	require.Len(t, lines, 10)
	require.Contains(t, lines[0], " 10%  25 of 250 packages, ")
	require.Contains(t, lines[9], "100%  250 of 250 packages, ")
}
