package render

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Manifests is everything that one render made.
type Manifests struct {
	Text      string     // byte for byte what `helm template` prints
	Notes     string     // what Helm shows after an install, from NOTES.txt
	Documents []Document // in the order of Text
}

// Document is one YAML document of the manifests.
type Document struct {
	Template string // the template that made it, such as microservice/templates/service.yaml
	Text     string // its YAML, as the template wrote it
	Object   *unstructured.Unstructured
}

// String names the object as kubectl does, such as Service/example-microservice.
func (d Document) String() string {
	return d.Object.GetKind() + "/" + d.Object.GetName()
}

// add appends what a template made to the text, and to the documents. A document that is not a Kubernetes object is an
// error that names its template; one that holds nothing but comments is only text.
func (m *Manifests) add(text *strings.Builder, template, content string) error {
	content += "\n"
	text.WriteString("---\n# Source: " + template + "\n" + content)
	object, err := parseObject(content)
	if err != nil {
		return &ManifestError{Template: template, reason: fmt.Errorf("%s: %w", template, err)}
	}
	if object != nil {
		m.Documents = append(m.Documents, Document{Template: template, Text: content, Object: object})
	}
	return nil
}

// parseObject reads one document; it returns nil for one that holds nothing but comments.
func parseObject(text string) (*unstructured.Unstructured, error) {
	json, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	if string(json) == "null" {
		return nil, nil
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(json); err != nil {
		return nil, err
	}
	return object, nil
}
