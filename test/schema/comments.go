package main

import (
	"fmt"
	"strings"

	"github.com/norwoodj/helm-docs/pkg/helm"
	"go.yaml.in/yaml/v3"
)

// descriptions returns what the comments in a values.yaml say about each value, by its path such as
// ingress.tls.enabled. The comments are read as helm-docs reads them for the README: from `# --` on, without `@default`.
func descriptions(valuesYAML []byte) (map[string]string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(valuesYAML, &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("is no map of values")
	}
	found := map[string]string{}
	describe(document.Content[0], nil, found)
	return found, nil
}

// describe adds the descriptions of the values in a map, which stands at path.
func describe(values *yaml.Node, path []string, found map[string]string) {
	for i := 0; i+1 < len(values.Content); i += 2 {
		key, value := values.Content[i], values.Content[i+1]
		at := append(path[:len(path):len(path)], key.Value)
		if strings.Contains(key.HeadComment, helm.PrefixComment) {
			_, comment := helm.ParseComment(strings.Split(key.HeadComment, "\n"))
			found[strings.Join(at, ".")] = comment.Description
		}
		if value.Kind == yaml.MappingNode {
			describe(value, at, found)
		}
	}
}
