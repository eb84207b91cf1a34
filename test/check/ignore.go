package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	yamlv3 "go.yaml.in/yaml/v3"

	"gitlab.example.com/platform/slipway/test/valuesfile"
)

// IgnoreFile is the name of the file, in the root of a tree, that switches rules off.
const IgnoreFile = ".slipway.yaml"

var ignoreUnused = Rule{
	ID: "ignore-unused", Severity: Error, Link: docs,
	Sentence: "An entry of .slipway.yaml matches nothing any more.",
	Remedy:   "Remove the entry.",
}

// Ignores are the entries of a tree's .slipway.yaml.
type Ignores struct {
	Path    string
	Entries []Ignore
}

// Ignore switches a rule off, wholly or for some findings. Patterns are as path.Match takes them; empty ones match all.
type Ignore struct {
	Rule        string `yaml:"rule"`
	Service     string `yaml:"service"`
	Environment string `yaml:"environment"`
	Object      string `yaml:"object"` // such as Deployment/orders
	Values      string `yaml:"values"` // such as resources.*
	Reason      string `yaml:"reason"` // required

	line int
	used bool
}

// ReadIgnores reads a tree's .slipway.yaml; there may be none.
func ReadIgnores(file string) (*Ignores, error) {
	if _, err := os.Lstat(file); errors.Is(err, os.ErrNotExist) {
		return &Ignores{Path: file}, nil
	}
	text, err := valuesfile.Text(file)
	if err != nil {
		return nil, err
	}
	var content struct {
		Ignore []yamlv3.Node `yaml:"ignore"`
	}
	decoder := yamlv3.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&content); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	ignores := &Ignores{Path: file}
	for _, node := range content.Ignore {
		// A node decodes without regard to unknown fields, so its text is decoded again.
		entry := Ignore{line: node.Line}
		if err := strictly(&node, &entry); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, node.Line, err)
		}
		if err := entry.validate(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, node.Line, err)
		}
		ignores.Entries = append(ignores.Entries, entry)
	}
	return ignores, nil
}

func strictly(node *yamlv3.Node, into any) error {
	text, err := yamlv3.Marshal(node)
	if err != nil {
		return err
	}
	decoder := yamlv3.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

func (i Ignore) validate() error {
	if _, ok := Find(i.Rule); !ok {
		var ids []string
		for _, rule := range Rules() {
			ids = append(ids, rule.ID)
		}
		if near := nearest(i.Rule, ids); near != "" {
			return fmt.Errorf("there is no rule %q; did you mean %s?", i.Rule, near)
		}
		return fmt.Errorf("there is no rule %q; `slipway rules` lists them", i.Rule)
	}
	if i.Reason == "" {
		return fmt.Errorf("rule %s is switched off without a reason; write reason: …", i.Rule)
	}
	for _, pattern := range []string{i.Service, i.Environment, i.Object, i.Values} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	return nil
}

// Apply returns the findings that no entry switches off. A finding of several environments loses those that an entry
// names. It may be called several times.
func (i *Ignores) Apply(findings []Finding) (kept []Finding, ignored int) {
	for _, f := range findings {
		all := f.Environments
		if len(all) == 0 {
			all = []string{""}
		}
		left := slices.DeleteFunc(slices.Clone(all), func(environment string) bool { return i.matches(f, environment) })
		if len(left) == 0 {
			ignored++
			continue
		}
		if len(f.Environments) > 0 {
			f.Environments = left
		}
		kept = append(kept, f)
	}
	return kept, ignored
}

func (i *Ignores) matches(f Finding, environment string) bool {
	matched := false
	for n := range i.Entries {
		entry := &i.Entries[n]
		if entry.Rule == f.Rule && glob(entry.Service, f.Service) && glob(entry.Environment, environment) &&
			glob(entry.Object, f.Object) && glob(entry.Values, f.Values) {
			entry.used, matched = true, true
		}
	}
	return matched
}

func glob(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	matched, _ := path.Match(pattern, text)
	return matched
}

// hiding are rules of which a finding keeps others from being looked for.
var hiding = []Rule{unreadableValues, releaseName, unusableChart, valuesUnknownKey, valuesSchema, valuesMistake, templateError, templateLimits, manifestError}

// Unused returns a finding for each entry that has matched nothing. Entries of optional rules count only in a run that
// had those on, and those of services that could not be looked at as a whole, by the findings of the run, do not count.
func (i *Ignores) Unused(ablation bool, findings []Finding) (unused []Finding) {
	for _, entry := range i.Entries {
		rule, _ := Find(entry.Rule)
		if entry.used || rule.Optional && !ablation {
			continue
		}
		if slices.ContainsFunc(findings, func(f Finding) bool {
			return slices.ContainsFunc(hiding, func(rule Rule) bool { return rule.ID == f.Rule }) && glob(entry.Service, f.Service)
		}) {
			continue
		}
		f := ignoreUnused.finding("switches off "+entry.Rule+", which finds nothing there", "")
		f.File, f.Line = i.Path, entry.line
		unused = append(unused, f)
	}
	return unused
}
