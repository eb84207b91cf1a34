package check

import (
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/valuesfile"
)

var notInProduction = Rule{
	ID: "values-not-in-production", Severity: Warning, Link: docs,
	Sentence: "A key is set in the file of every other environment, two at least, and in none of production's.",
	Remedy:   "Set it for production too, or in the file of all environments.",
}

// notInProductions compares the service's own files of its environments.
func (c *Checker) notInProductions(releases []Release, files map[string]*valuesfile.File) (findings []Finding) {
	var others []Release
	for _, r := range releases {
		if !c.settings.isProduction(r.Environment) {
			others = append(others, r)
		}
	}
	if len(others) < 2 {
		return nil
	}
	var sets []map[string]bool
	for _, other := range others {
		sets = append(sets, keysOf(other, files))
	}
	for _, prod := range releases {
		if !c.settings.isProduction(prod.Environment) {
			continue
		}
		set := keysOf(prod, files)
		last := others[len(others)-1]
		file := lastOwn(last, files)
		if file == nil || lastOwn(prod, files) == nil {
			continue
		}
		for _, leaf := range file.Leaves() {
			key := strings.Join(leaf.Path, "\x00")
			everywhere := !slices.ContainsFunc(sets, func(other map[string]bool) bool { return !other[key] })
			// A longer path below one that production sets as a whole is another way to write it.
			if set[key] || !everywhere || setAbove(set, leaf.Path) {
				continue
			}
			f := notInProduction.finding("is set in "+list(names(others))+", not in "+prod.Environment, "")
			f.Values, f.File, f.Line, f.Environments = dotted(leaf.Path), file.Path, leaf.Line, []string{prod.Environment}
			findings = append(findings, f)
		}
	}
	return findings
}

func names(releases []Release) (environments []string) {
	for _, r := range releases {
		environments = append(environments, r.Environment)
	}
	return environments
}

// keysOf returns the paths of the leaves of all own files of a release.
func keysOf(release Release, files map[string]*valuesfile.File) map[string]bool {
	keys := map[string]bool{}
	for _, layer := range release.Layers {
		if file := files[layer.Path]; layer.Own && file != nil {
			for _, leaf := range file.Leaves() {
				keys[strings.Join(leaf.Path, "\x00")] = true
			}
		}
	}
	return keys
}

func setAbove(set map[string]bool, path []string) bool {
	for length := 1; length < len(path); length++ {
		if set[strings.Join(path[:length], "\x00")] {
			return true
		}
	}
	return false
}

func lastOwn(release Release, files map[string]*valuesfile.File) *valuesfile.File {
	for _, layer := range slices.Backward(release.Layers) {
		if layer.Own && files[layer.Path] != nil {
			return files[layer.Path]
		}
	}
	return nil
}
