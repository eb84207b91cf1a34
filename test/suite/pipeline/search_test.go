//go:build e2e

package pipeline

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// places where a secret must not be, and all that was found there: text by a name that says where in the place it is.
type places map[string]map[string][]byte

// found returns in which places which secrets are, as "place: secret", sorted; where says which texts hold them.
func (p places) found(secrets map[string]string) (found []string, where string) {
	for _, place := range slices.Sorted(maps.Keys(p)) {
		for _, secret := range slices.Sorted(maps.Keys(secrets)) {
			in := holding(p[place], secrets[secret])
			if len(in) > 0 {
				found = append(found, place+": "+secret)
				where += fmt.Sprintf("%s: %s in %s\n", place, secret, strings.Join(in, ", "))
			}
		}
	}
	return found, where
}

// holding returns the names of the texts that hold a secret, as it is or in base64.
func holding(texts map[string][]byte, secret string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		for _, form := range forms(secret) {
			if bytes.Contains(texts[name], form) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// forms of a secret: itself, and the characters that its base64 has whatever is before and after it.
func forms(secret string) [][]byte {
	all := [][]byte{[]byte(secret)}
	for offset := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), secret...))
		// The first characters depend on what is before, the last ones on what is after.
		begin, end := 0, len(encoded)
		if offset > 0 {
			begin = offset + 1
		}
		if (offset+len(secret))%3 > 0 {
			end--
		}
		all = append(all, []byte(encoded[begin:end]))
	}
	return all
}

// searchImages adds every layer, and the configuration with the history, of every image of a repository in the registry.
func (p places) searchImages(t *testing.T, repository string) {
	t.Helper()
	p.make("image layers", "image history")
	tags, err := images.Tags(t.Context(), repository)
	require.NoError(t, err)
	require.NotEmpty(t, tags, "no image of %s was pushed", repository)
	for _, tag := range tags {
		content, _, err := images.Manifest(t.Context(), repository, tag)
		require.NoError(t, err)
		var manifest struct {
			Config struct{ Digest string }
			Layers []struct{ Digest string }
		}
		require.NoError(t, json.Unmarshal(content, &manifest))
		require.NotEmpty(t, manifest.Layers, "%s", content)
		p["image history"][tag+" manifest"] = content
		p["image history"][tag+" configuration"], err = images.Blob(t.Context(), repository, manifest.Config.Digest)
		require.NoError(t, err)
		for _, layer := range manifest.Layers {
			blob, err := images.Blob(t.Context(), repository, layer.Digest)
			require.NoError(t, err)
			for name, file := range untar(t, blob) {
				p["image layers"][tag+" "+name] = file
			}
		}
	}
}

// untar returns the files of a layer, with their names as text of their own.
func untar(t *testing.T, layer []byte) map[string][]byte {
	t.Helper()
	unzipped, err := gzip.NewReader(bytes.NewReader(layer))
	require.NoError(t, err)
	files := map[string][]byte{}
	var names strings.Builder
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		fmt.Fprintln(&names, header.Name, header.Linkname, header.PAXRecords)
		files[header.Name], err = io.ReadAll(archive)
		require.NoError(t, err)
	}
	files["names"] = []byte(names.String())
	return files
}

// searchLogs adds what a pipeline printed, and what each of its jobs did.
func (p places) searchLogs(t *testing.T, s service, run pipeline) {
	t.Helper()
	p.make("job logs")
	p["job logs"]["pipeline"] = []byte(run.output)
	logs, err := filepath.Glob(filepath.Join(s.folder, ".gitlab-ci-local/output/*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	for _, log := range logs {
		p["job logs"][filepath.Base(log)], err = os.ReadFile(log)
		require.NoError(t, err)
	}
}

// searchProcesses adds the command lines that were seen while a pipeline ran.
func (p places) searchProcesses(t *testing.T, run pipeline) {
	t.Helper()
	p.make("process list")
	require.NotEmpty(t, run.processes)
	for _, line := range run.processes {
		p["process list"][line[:min(len(line), 60)]+"…"] = append(p["process list"][line[:min(len(line), 60)]+"…"], line...)
	}
}

// searchRelease adds what Helm has stored of a release, and the manifest in it.
func (p places) searchRelease(t *testing.T, e environment) {
	t.Helper()
	p.make("release", "manifest")
	list, err := shared.Client.CoreV1().Secrets(e.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "owner=helm"})
	require.NoError(t, err)
	require.NotEmpty(t, list.Items)
	for _, secret := range list.Items {
		// Helm's own encoding: base64, gzip, JSON. Files of the chart are base64 in that.
		zipped, err := base64.StdEncoding.DecodeString(string(secret.Data["release"]))
		require.NoError(t, err)
		unzipped, err := gzip.NewReader(bytes.NewReader(zipped))
		require.NoError(t, err)
		content, err := io.ReadAll(unzipped)
		require.NoError(t, err)
		var release struct{ Manifest string }
		require.NoError(t, json.Unmarshal(content, &release))
		require.Contains(t, release.Manifest, "kind: Deployment")
		p["release"][secret.Name] = content
		p["manifest"][secret.Name] = []byte(release.Manifest)
	}
}

func (p places) make(names ...string) {
	for _, name := range names {
		if p[name] == nil {
			p[name] = map[string][]byte{}
		}
	}
}

// The search knows a secret whatever is before and after it, in base64 too, and nothing else.
func TestForms(t *testing.T) {
	const secret = "correct horse battery staple"
	for _, before := range []string{"", "a", "ab", "abc", "user:"} {
		for _, after := range []string{"", "x", "xy", "xyz"} {
			for name, text := range map[string]string{
				"plain":      before + secret + after,
				"base64":     base64.StdEncoding.EncodeToString([]byte(before + secret + after)),
				"raw base64": base64.RawStdEncoding.EncodeToString([]byte(before + secret + after)),
			} {
				require.Equal(t, []string{"text"}, holding(map[string][]byte{"text": []byte(text)}, secret), "%s %q %q", name, before, after)
			}
			other := base64.StdEncoding.EncodeToString([]byte(before + strings.ToUpper(secret) + after))
			require.Empty(t, holding(map[string][]byte{"text": []byte(other)}, secret))
		}
	}
}
