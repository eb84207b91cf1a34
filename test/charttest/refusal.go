package charttest

import (
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// refusal says what is wrong with a refusal. A schema writes paths as /image/tag, templates as image.tag.
func refusal(err error, path string, words []string) error {
	if err == nil {
		return errors.New("the values are taken, want them refused")
	}
	said := err.Error()
	if !strings.Contains(said, path) && !strings.Contains(said, "/"+strings.ReplaceAll(path, ".", "/")) {
		return fmt.Errorf("the message does not name %s: %w", path, err)
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			return fmt.Errorf("the message does not say %q: %w", word, err)
		}
	}
	return nil
}

// parse reads a values file as Helm does.
func parse(text string) (map[string]any, error) {
	values := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		return nil, err
	}
	return values, nil
}
