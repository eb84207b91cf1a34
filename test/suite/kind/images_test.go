//go:build e2e

package kind

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	service = "example-microservice"
	// repository of the service's image: the platform's registry in its values, and the service's name.
	repository = "registry.example.com/the-project/" + service
	loadImage  = "local/load:1"
)

// versions of the service that the tests deploy: the tags of its images.
var versions = []string{"v1", "v2"}

// makeImages builds the service's images as a user does, and the load generator's, and copies them to the node.
func makeImages(ctx context.Context, folder string) error {
	images := []string{loadImage}
	for _, version := range versions {
		if _, err := command(ctx, "make", "image", "TAG="+version); err != nil {
			return err
		}
		images = append(images, repository+":"+version)
	}
	if err := importLoad(ctx, folder); err != nil {
		return err
	}
	return node.Load(ctx, images...)
}

// importLoad builds the load generator, and makes an image of that alone.
func importLoad(ctx context.Context, folder string) error {
	path := filepath.Join(folder, "load")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", path, "./load")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the load generator: %w\n%s", err, output)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	if err := writer.WriteHeader(&tar.Header{Name: "load", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return err
	}
	if _, err := writer.Write(program); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	load := exec.CommandContext(ctx, "docker", "import", "--change", "USER 65532:65532", "--change", `ENTRYPOINT ["/load"]`, "-", loadImage)
	load.Stdin = &archive
	if output, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("import the load generator: %w\n%s", err, output)
	}
	return nil
}

// The service's image is small, says what is in it, and holds nothing but a static program that runs as nobody.
func TestImage(t *testing.T) {
	output, err := command(t.Context(), "docker", "image", "inspect", repository+":v2")
	require.NoError(t, err)
	var images []struct {
		Size   int64
		Config struct {
			User       string
			Entrypoint []string
			Labels     map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(output), &images))
	require.Len(t, images, 1)
	image := images[0]
	t.Logf("%s:v2 has %.1f MB", repository, float64(image.Size)/1e6)
	require.Less(t, image.Size, int64(25_000_000), "bytes")
	require.Equal(t, "65532:65532", image.Config.User)

	commit, err := command(t.Context(), "git", "rev-parse", "HEAD")
	require.NoError(t, err)
	require.Equal(t, "v2", image.Config.Labels["org.opencontainers.image.version"])
	require.Equal(t, commit, image.Config.Labels["org.opencontainers.image.revision"]+"\n")

	// Without a dynamic loader in the image, a program that is not static would not start.
	require.Equal(t, []string{"/" + service}, image.Config.Entrypoint)
	files := filesIn(t, repository+":v2")
	require.ElementsMatch(t, []string{service, "etc/ssl/certs/ca-certificates.crt"}, files)
}

// filesIn returns the paths of an image's files, without those that the engine adds to every container.
func filesIn(t *testing.T, image string) []string {
	t.Helper()
	script := `id=$(docker create ` + image + `); docker export "$id"; docker rm "$id" >/dev/null`
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
	output, err := cmd.Output()
	require.NoError(t, err)
	added := map[string]bool{".dockerenv": true, "etc/hostname": true, "etc/hosts": true, "etc/resolv.conf": true, "dev/console": true}
	var files []string
	for reader := tar.NewReader(bytes.NewReader(output)); ; {
		header, err := reader.Next()
		if err != nil {
			break
		}
		if header.Typeflag == tar.TypeReg && !added[header.Name] {
			files = append(files, header.Name)
		}
	}
	return files
}
