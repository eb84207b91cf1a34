//go:build e2e

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	// jobImage is built from ci/image/Dockerfile.
	jobImage = "local/slipway:test"
	// programsImage has the job image's programs, as the Dockerfile builds them itself where it is not given any.
	programsImage = "local/slipway-programs:test"
)

// buildJobImage builds the image that jobs run in. Its programs are built on this machine, where most are in the cache.
func buildJobImage(ctx context.Context, folder string) error {
	if err := buildPrograms(ctx, filepath.Join(folder, "programs")); err != nil {
		return err
	}
	args := []string{"build", "--file", "ci/image/Dockerfile", "--tag", jobImage, "--build-arg", "PROGRAMS=" + programsImage}
	if jobBaseImage != "" {
		args = append(args, "--build-arg", "BASE_IMAGE="+jobBaseImage)
	}
	return docker(ctx, root, append(args, ".")...)
}

// buildPrograms makes an image with the folder /programs that ci/image/Dockerfile takes.
func buildPrograms(ctx context.Context, folder string) error {
	for name, pkg := range map[string]string{"slipway": "./test/cmd/slipway", "crane": "github.com/google/go-containerregistry/cmd/crane"} {
		path, err := filepath.Abs(filepath.Join(folder, "programs", name))
		if err != nil {
			return err
		}
		build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, pkg)
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, output)
		}
	}
	for name, path := range map[string]string{
		"helm3/helm": helmcli.Helm3.Path("helm"), "helm4/helm": helmcli.Helm4.Path("helm"), "kubectl": helmcli.Helm4.Path("kubectl"),
	} {
		if err := copyProgram(path, filepath.Join(folder, "programs", name)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte("FROM scratch\nCOPY programs /programs\n"), 0o644); err != nil {
		return err
	}
	return docker(ctx, folder, "build", "--tag", programsImage, ".")
}

func copyProgram(from, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	_, err = io.Copy(target, source)
	return err
}

// docker runs the docker command, the one that can build with BuildKit, in a folder.
func docker(ctx context.Context, folder string, args ...string) error {
	program := os.Getenv("DOCKER")
	if program == "" {
		program = "docker"
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}
