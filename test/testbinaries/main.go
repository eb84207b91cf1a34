// Command testbinaries runs tests as `go test -json` does, but of binaries that it keeps: `go test` links those of every
// package anew each time, which takes longer than most of their tests. Here one is linked when something in it has changed.
//
//	testbinaries --dir FOLDER [--exec PROGRAM] [--parallel N] [--build FLAG]... PACKAGE... [-- FLAG OF THE BINARIES...]
//
// The package that took longest the last time begins. The exit code is 1 if a test fails, and 2 if a package does not compile.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/spf13/pflag"
)

func main() {
	r := &runner{stdout: os.Stdout}
	parallel := pflag.Int("parallel", runtime.GOMAXPROCS(0), "number of packages at once")
	pflag.StringVar(&r.dir, "dir", "", "folder of the binaries")
	pflag.StringVar(&r.exec, "exec", "", "program that runs each binary, which is its first argument")
	pflag.StringArrayVar(&r.build, "build", nil, "flag of go test that decides what is built, such as -race; may be repeated")
	pflag.Parse()
	packages := pflag.Args()
	if dash := pflag.CommandLine.ArgsLenAtDash(); dash >= 0 {
		packages, r.flags = packages[:dash], packages[dash:]
	}
	if r.dir == "" || len(packages) == 0 || *parallel < 1 {
		pflag.Usage()
		os.Exit(2)
	}

	failed, err := run(r, packages, *parallel)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testbinaries:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

func run(r *runner, packages []string, parallel int) (failed bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	// Each binary runs in its package's folder.
	if r.dir, err = filepath.Abs(r.dir); err != nil {
		return false, err
	}
	if r.exec != "" {
		if r.exec, err = exec.LookPath(r.exec); err != nil {
			return false, err
		}
		if r.exec, err = filepath.Abs(r.exec); err != nil {
			return false, err
		}
	}
	binaries, err := r.compile(ctx, packages)
	if err != nil {
		return false, err
	}
	if r.took, err = readDurations(r.dir); err != nil {
		return false, err
	}
	failed = r.run(ctx, longestFirst(binaries, r.took), parallel)
	return failed, r.took.write(r.dir)
}
