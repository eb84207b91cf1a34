package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// renamedFile says what became of keys that have another name.
const renamedFile = "templates/_renamed.tpl"

// rename is one of its entries.
type rename struct {
	Was     string `json:"was"`
	Is      string `json:"is"`
	Default any    `json:"default"`
}

var renamedList = regexp.MustCompile(`(?s)\{\{- define "[a-z]+\.renamed" -}}\n(.*?)\{\{- end }}`)

// renamed reads the entries; none where the chart has no such file.
func (f templates) renamed() (entries []rename, err error) {
	text, ok := f[renamedFile]
	if !ok {
		return nil, nil
	}
	list := renamedList.FindStringSubmatch(text)
	if list == nil {
		return nil, fmt.Errorf("%s: defines no list <chart>.renamed", renamedFile)
	}
	if err := yaml.Unmarshal([]byte(list[1]), &entries); err != nil {
		return nil, fmt.Errorf("%s: %w", renamedFile, err)
	}
	return entries, nil
}

// unsaid are old names of which nobody says what became of them.
func unsaid(object *schema, within string, entries []rename) (mistakes []error) {
	for _, name := range slices.Sorted(maps.Keys(object.Properties)) {
		at, property := within+name, object.Properties[name]
		if property.Deprecated && !slices.ContainsFunc(entries, func(r rename) bool { return r.Was == at }) {
			mistakes = append(mistakes, fmt.Errorf("%s: is deprecated in %s, but %s does not say what became of it; write `- {was: %[1]s, is: …, since: …, until: …}` there", at, schemaYAML, renamedFile))
		}
		mistakes = append(mistakes, unsaid(property, at+".", entries)...)
	}
	return mistakes
}

// unfinished are entries that the schema, the defaults or a template does not go with.
func (f templates) unfinished(root *schema, defaults map[string]any, entries []rename) (mistakes []error) {
	say := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	for _, r := range entries {
		if old := root.at(r.Was); old == nil || !old.Deprecated {
			say("%s: %s is not deprecated in %s; write it there, with `deprecated: true` and a description, or it is refused without its new name", renamedFile, r.Was, schemaYAML)
		}
		for _, file := range slices.Sorted(maps.Keys(f)) {
			for _, path := range []string{r.Was, r.Is} {
				if path != "" && regexp.MustCompile(`\.Values\.`+regexp.QuoteMeta(path)+`\b`).MatchString(f[file]) {
					say("%s: reads %s past the other name; write `include \"<chart>.value\" (list . %q)`", file, path, cmp.Or(r.Is, r.Was))
				}
			}
		}
		if r.Is == "" {
			continue
		}
		if root.at(r.Is) == nil {
			say("%s: %s is said to be called %s, which is not in %s; write it there and in %s", renamedFile, r.Was, r.Is, schemaYAML, valuesYAML)
			continue
		}
		if want, got := plain(valueAt(defaults, r.Is)), plain(r.Default); want != got {
			say("%s: %s is by default %s in %s, and %s here; write `default: %[3]s` into its entry", renamedFile, r.Is, want, valuesYAML, got)
		}
	}
	return mistakes
}

// at returns the schema of a value, nil if there is none.
func (s *schema) at(path string) *schema {
	for name := range strings.SplitSeq(path, ".") {
		if s = s.Properties[name]; s == nil {
			return nil
		}
	}
	return s
}

func valueAt(values map[string]any, path string) (value any) {
	value = values
	for name := range strings.SplitSeq(path, ".") {
		section, _ := value.(map[string]any)
		value = section[name]
	}
	return value
}

func plain(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
