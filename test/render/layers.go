package render

import "helm.sh/helm/v3/pkg/cli/values"

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
