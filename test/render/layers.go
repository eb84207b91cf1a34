package render

import (
	"fmt"
	"maps"

	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/strvals"
)

// Layers are the values given to one release, as on Helm's command line; each later one wins.
type Layers struct {
	Files     []string // paths of values files (--values), in order
	Set       []string // key=value (--set), after the files
	SetString []string // key=value whose value is text (--set-string), after Set
}

// Merge returns the values that the layers make together, without the chart's own defaults. It is Helm's merge: maps are
// merged, all else replaced, and a null stays in the result, to remove what is below it. Errors are Helm's and name the
// file or the key. Files are read from the disk only, never from a URL.
func (l Layers) Merge() (map[string]any, error) {
	options := values.Options{ValueFiles: l.Files, Values: l.Set, StringValues: l.SetString}
	return options.MergeValues(nil)
}

// MergeRead is Merge for files that are read already: one may be a layer of many releases. Nothing given is changed.
func MergeRead(files []map[string]any, set, setString []string) (map[string]any, error) {
	merged := map[string]any{}
	for _, file := range files {
		merge(merged, file)
	}
	for _, pair := range set {
		if err := strvals.ParseInto(pair, merged); err != nil {
			return nil, fmt.Errorf("--set %s: %w", pair, err)
		}
	}
	for _, pair := range setString {
		if err := strvals.ParseIntoString(pair, merged); err != nil {
			return nil, fmt.Errorf("--set-string %s: %w", pair, err)
		}
	}
	return merged, nil
}

// merge puts a copy of over into values, as Helm merges values files.
func merge(values, over map[string]any) {
	for key, value := range over {
		if table, ok := value.(map[string]any); ok {
			if existing, ok := values[key].(map[string]any); ok {
				merge(existing, table)
				continue
			}
		}
		values[key] = clone(value)
	}
}

// clone copies maps and lists, which later layers and templates write to.
func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := maps.Clone(value)
		for key, item := range copied {
			copied[key] = clone(item)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = clone(item)
		}
		return copied
	default:
		return value
	}
}
