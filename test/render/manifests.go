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
	Dropped   []Dropped  // sorted
}

// Dropped is an object that a template made and that Helm leaves out, without a word: its annotation helm.sh/hook names
// something that is no hook.
type Dropped struct{ Template, Object, Hook string }

// Document is one object of the manifests: a YAML document of its own, or an item of a List.
type Document struct {
	Template string // the template that made it, such as microservice/templates/service.yaml
	Text     string // its YAML, as the template wrote it
	Object   *unstructured.Unstructured
}

// String names the object as kubectl does, such as Service/example-microservice.
func (d Document) String() string {
	return d.Object.GetKind() + "/" + d.Object.GetName()
}

// Read returns the objects of one YAML or JSON document that stands at a place, as of a template of that name: one, the items of
// a List, or none if it holds nothing but comments. An error is a *ManifestError.
func Read(place, text string) ([]Document, error) {
	var manifests Manifests
	err := manifests.add(&strings.Builder{}, place, text)
	return manifests.Documents, err
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
	if object == nil {
		return nil
	}
	if !object.IsList() {
		m.Documents = append(m.Documents, Document{Template: template, Text: content, Object: object})
		return nil
	}
	items, err := itemsOf(object)
	if err != nil {
		return &ManifestError{Template: template, reason: fmt.Errorf("%s: %s: %w", template, object.GetKind(), err)}
	}
	for i, item := range items {
		text, err := yaml.Marshal(item.Object)
		if err != nil {
			return &ManifestError{Template: template, reason: fmt.Errorf("%s: item %d: %w", template, i, err)}
		}
		m.Documents = append(m.Documents, Document{Template: template, Text: string(text), Object: &item})
	}
	return nil
}

// itemsOf returns what Helm applies of a List: its items, those of the lists among them as well. An item without a kind is of
// the list's.
func itemsOf(list *unstructured.Unstructured) ([]unstructured.Unstructured, error) {
	text, err := list.MarshalJSON()
	if err != nil {
		return nil, err
	}
	decoded, _, err := unstructured.UnstructuredJSONScheme.Decode(text, nil, nil)
	if err != nil {
		return nil, err
	}
	read, ok := decoded.(*unstructured.UnstructuredList)
	if !ok {
		return nil, fmt.Errorf("is no list but %T", decoded)
	}
	var items []unstructured.Unstructured
	for _, item := range read.Items {
		if !item.IsList() {
			items = append(items, item)
			continue
		}
		below, err := itemsOf(&item)
		if err != nil {
			return nil, err
		}
		items = append(items, below...)
	}
	return items, nil
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
