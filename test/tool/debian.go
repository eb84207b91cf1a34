package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Debian is a program that is taken from this machine, or from Debian's packages where it is missing.
type Debian struct {
	// Program is its name on the PATH.
	Program string
	// Package of Debian that has it.
	Package string
	// Unpacked is the program's path in the package, where that is only unpacked into the user's cache: installed, its
	// service would start.
	Unpacked string
}

var (
	// Rsync copies files; gitlab-ci-local calls it by its name.
	Rsync = Debian{Program: "rsync", Package: "rsync"}
	// DockerRegistry is an image registry.
	DockerRegistry = Debian{Program: "docker-registry", Package: "docker-registry", Unpacked: "usr/bin/docker-registry"}
)

// Path returns the path of the program. Where it is not on the PATH it is installed, which takes root, or unpacked; the
// error says what to install where that cannot be. What happens is told on progress (nil: told to nobody).
func (d Debian) Path(ctx context.Context, progress io.Writer) (string, error) {
	if path, err := exec.LookPath(d.Program); err == nil {
		return path, nil
	}
	if progress == nil {
		progress = io.Discard
	}
	path, err := d.get(ctx, progress)
	if err != nil {
		return "", fmt.Errorf("there is no %s on the PATH (on Debian it is in the package %s): %w", d.Program, d.Package, err)
	}
	return path, nil
}

func (d Debian) get(ctx context.Context, progress io.Writer) (string, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", err
	}
	bin, err := cache()
	if err != nil {
		return "", err
	}
	unlock, err := lock(ctx, bin, progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if d.Unpacked != "" {
		return d.unpack(ctx, filepath.Join(bin, "debian-"+d.Package), progress)
	}
	if os.Getuid() != 0 {
		return "", errors.New("installing it takes root")
	}
	fmt.Fprintf(progress, "installing Debian's package %s\n", d.Package)
	if err := apt(ctx, "", "install", "--yes", "--no-install-recommends", d.Package); err != nil {
		return "", err
	}
	return exec.LookPath(d.Program)
}

// unpack returns the path of the program in the folder dir, which has what the package has.
func (d Debian) unpack(ctx context.Context, dir string, progress io.Writer) (string, error) {
	path := filepath.Join(dir, d.Unpacked)
	if use(dir, path) {
		return path, nil
	}
	fmt.Fprintf(progress, "unpacking Debian's package %s\n", d.Package)
	// The downloaded archive's name has its version.
	partial := dir + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.MkdirAll(partial, 0o755)); err != nil {
		return "", err
	}
	defer os.RemoveAll(partial)
	if err := apt(ctx, partial, "download", d.Package); err != nil {
		return "", err
	}
	archives, err := filepath.Glob(filepath.Join(partial, "*.deb"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("apt-get download left %d archives: %w", len(archives), err)
	}
	if said, err := exec.CommandContext(ctx, "dpkg-deb", "--extract", archives[0], partial).CombinedOutput(); err != nil {
		return "", fmt.Errorf("dpkg-deb: %w\n%s", err, bytes.TrimSpace(said))
	}
	if err := errors.Join(os.RemoveAll(dir), os.Rename(partial, dir)); err != nil {
		return "", err
	}
	return path, nil
}

// apt runs apt-get in dir. What it does not find it may find after an update, which takes root.
func apt(ctx context.Context, dir string, args ...string) error {
	run := func(args ...string) error {
		cmd := exec.CommandContext(ctx, "apt-get", append([]string{"--quiet=2"}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		said, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, bytes.TrimSpace(said))
		}
		return nil
	}
	err := run(args...)
	if err == nil || os.Getuid() != 0 {
		return err
	}
	if err := run("update"); err != nil {
		return err
	}
	return run(args...)
}
