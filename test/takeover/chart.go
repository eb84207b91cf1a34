package takeover

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// objectsFile has the manifests of a chart that is written here.
const objectsFile = "objects.yaml"

// writeChart writes a chart of written-out manifests, without a value or a condition, into a folder. Text of theirs that looks like a template stays as it is.
func writeChart(folder, name string, files map[string][]byte) error {
	all := map[string][]byte{
		"Chart.yaml":             []byte("apiVersion: v2\nname: " + name + "\nversion: 0.1.0\n"),
		"templates/objects.yaml": []byte(`{{ .Files.Get "` + objectsFile + `" }}` + "\n"),
	}
	for path, content := range files {
		all[path] = content
	}
	for path, content := range all {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		// There may be Secrets among the objects.
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// manifest writes objects as YAML documents.
func manifest(objects []*unstructured.Unstructured) ([]byte, error) {
	var text bytes.Buffer
	for _, object := range objects {
		document, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, "---\n%s", document)
	}
	return text.Bytes(), nil
}
