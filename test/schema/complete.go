package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// templates are the files of a chart's folder templates, by their path in the chart.
type templates map[string]string

// complete says which of the places that belong together one of them lacks: docs/changing-the-chart.md has them in order. What
// types and descriptions lack, valuesSchema says.
func complete(chart string) error {
	root, err := readSchema(filepath.Join(chart, schemaYAML))
	if err != nil {
		return err
	}
	values, err := readValues(filepath.Join(chart, valuesYAML))
	if err != nil {
		return err
	}
	files, err := readTemplates(chart)
	if err != nil {
		return err
	}
	rights, err := readRights(chart)
	if err != nil {
		return err
	}
	renamed, err := files.renamed()
	if err != nil {
		return err
	}
	mistakes := slices.Concat(files.unread(root, ""), files.unknown(root), unsaid(root, "", renamed), files.unfinished(root, values.defaults, renamed), files.forbidden(rights))
	slices.SortFunc(mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(mistakes...)
}

func readTemplates(chart string) (templates, error) {
	files := templates{}
	err := filepath.WalkDir(filepath.Join(chart, "templates"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(chart, path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	return files, err
}

// matches says whether a pattern is in any of the files.
func (f templates) matches(pattern string) bool {
	expression := regexp.MustCompile(pattern)
	return slices.ContainsFunc(slices.Collect(maps.Values(f)), expression.MatchString)
}

// unread are values that the schema has and no template names.
func (f templates) unread(object *schema, within string) (mistakes []error) {
	for _, name := range slices.Sorted(maps.Keys(object.Properties)) {
		at, property := within+name, object.Properties[name]
		// `enabled` and `global` are for a parent chart, and an old name is read by _renamed.tpl.
		if property.Deprecated || at == enabled || at == "global" {
			continue
		}
		// A template may go through a section, whatever is in it.
		section := strings.TrimSuffix(within, ".")
		whole := section != "" && f.matches(`(range|index)[^}]*\.Values\.`+regexp.QuoteMeta(section)+`\b[^.]`)
		if !whole && !f.matches(`[."]`+regexp.QuoteMeta(name)+`\b`) {
			mistakes = append(mistakes, fmt.Errorf("%s: is in %s, but no template reads it; write it into templates/, or remove it", at, schemaYAML))
		}
		mistakes = append(mistakes, f.unread(property, at+".")...)
	}
	return mistakes
}

var readPath = regexp.MustCompile(`\.Values((?:\.[A-Za-z][A-Za-z0-9]*)+)`)

// unknown are values that a template reads and the schema has not.
func (f templates) unknown(root *schema) (mistakes []error) {
	for _, file := range slices.Sorted(maps.Keys(f)) {
		for _, match := range readPath.FindAllStringSubmatch(f[file], -1) {
			if at, ok := root.find(match[1][1:]); !ok {
				mistakes = append(mistakes, fmt.Errorf("%s: reads %s, which is not in %s; write it there and in %s, or correct the name", file, at, schemaYAML, valuesYAML))
			}
		}
	}
	return mistakes
}

// find says whether there is a value at a path, as far as the schema itself says which there are. If there is none, the path is
// the part of it that is wrong.
func (s *schema) find(path string) (string, bool) {
	at := s
	names := strings.Split(path, ".")
	for i, name := range names {
		if at.Properties == nil {
			return path, true
		}
		if at = at.Properties[name]; at == nil {
			return strings.Join(names[:i+1], "."), false
		}
	}
	return path, true
}
