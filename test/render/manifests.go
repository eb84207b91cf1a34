package render

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	helmrelease "helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"
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

// parse splits what Helm rendered into documents. A document that is not a Kubernetes object is an error
// that names its template.
func parse(rendered *helmrelease.Release) (Manifests, error) {
	manifests := Manifests{Text: text(rendered), Notes: rendered.Info.Notes}
	var template string
	for _, body := range split(manifests.Text) {
		// A template that begins with "---" leaves this line to stand alone.
		if source, ok := strings.CutPrefix(body, "# Source: "); ok {
			template, body, _ = strings.Cut(source, "\n")
		}
		body += "\n"
		object, err := parseObject(body)
		if err != nil {
			return Manifests{}, fmt.Errorf("%s: %w", template, err)
		}
		if object != nil {
			manifests.Documents = append(manifests.Documents, Document{Template: template, Text: body, Object: object})
		}
	}
	return manifests, nil
}

// split returns the YAML documents of a text, in order.
func split(text string) []string {
	numbered := releaseutil.SplitManifests(text)
	keys := slices.Collect(maps.Keys(numbered))
	sort.Sort(releaseutil.BySplitManifestsOrder(keys))
	documents := make([]string, 0, len(keys))
	for _, key := range keys {
		documents = append(documents, numbered[key])
	}
	return documents
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
