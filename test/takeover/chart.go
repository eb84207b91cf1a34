package takeover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/helm"
)

// backup is what was live before, as the API server said it; it is in the release's own record until the chart is live.
type backup struct {
	// Objects as they were, field managers and status included.
	Objects []*unstructured.Unstructured `json:"objects"`
	// Made are those that the chart adds: their identity alone.
	Made []*unstructured.Unstructured `json:"made"`
}

const backupFile = "backup.json"

// writeChart writes a chart of written-out manifests, without a value or a condition, into a folder. Text of theirs that looks like a template stays as it is.
func writeChart(folder, name string, files map[string][]byte) error {
	all := map[string][]byte{
		"Chart.yaml":             []byte("apiVersion: v2\nname: " + name + "\nversion: 0.1.0\n"),
		"templates/objects.yaml": []byte(`{{ .Files.Get "objects.yaml" }}` + "\n"),
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

// writeHandMade writes the chart of the objects as they were.
func writeHandMade(folder string, b backup) error {
	var objects []*unstructured.Unstructured
	for _, object := range b.Objects {
		objects = append(objects, withoutAnnotation(content(object), lastApplied))
	}
	text, err := manifest(objects)
	if err != nil {
		return err
	}
	saved, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return writeChart(folder, helm.HandMadeChart, map[string][]byte{"objects.yaml": text, backupFile: saved})
}

// saved returns what was live before the takeover that the revisions are of.
func saved(all helm.History) (backup, error) {
	for _, one := range all {
		for _, file := range one.Chart.Files {
			if one.Chart.Metadata.Name == helm.HandMadeChart && file.Name == backupFile {
				var b backup
				return b, json.Unmarshal(file.Data, &b)
			}
		}
	}
	return backup{}, fmt.Errorf("no revision of the release has the hand-made objects any more")
}
