package check

import (
	"fmt"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

var repeatedKey = Rule{
	ID: "yaml-repeated-key", Severity: Error, Link: docs,
	Sentence: "A map has the same key twice. Helm takes the last and says nothing.",
	Remedy:   "Remove one of the two.",
}

func repeatedKeys(file *valuesfile.File) (findings []Finding) {
	for _, key := range file.RepeatedKeys() {
		f := repeatedKey.finding(fmt.Sprintf("is set on line %d already; only the last counts", key.First), "")
		f.Values, f.File, f.Line = dotted(key.Path), file.Path, key.Line
		findings = append(findings, f)
	}
	return findings
}

var yamlKey = Rule{
	ID: "yaml-key", Severity: Error, Link: docs,
	Sentence: "A key without quotes is not read as it is written: `N` and `ON` are booleans, `0123` is a number.",
	Remedy:   "Put the key in quotes.",
}

func damagedKeys(file *valuesfile.File) (findings []Finding) {
	for _, key := range file.DamagedKeys() {
		f := yamlKey.finding(fmt.Sprintf("the key %s is read as %s", key.Written, key.Read), fmt.Sprintf("write %q: …", key.Written))
		f.Values, f.File, f.Line = dotted(key.Path), file.Path, key.Line
		findings = append(findings, f)
	}
	return findings
}

var yamlDocuments = Rule{
	ID: "yaml-documents", Severity: Error, Link: docs,
	Sentence: "A values file has a second document after `---`: Helm 3 takes the first alone, Helm 4 all of them.",
	Remedy:   "Make one document of it, or a file of its own.",
}

func furtherDocuments(file *valuesfile.File) (findings []Finding) {
	for _, line := range file.More {
		f := yamlDocuments.finding("another document begins here: helm 3 does not read it, helm 4 lays it over the first; it is not checked", "")
		f.File, f.Line = file.Path, line
		findings = append(findings, f)
	}
	return findings
}

var yamlValue = Rule{
	ID: "yaml-value", Severity: Error, Link: docs,
	Sentence: "A value without quotes is not read as it is written: `0123` is 83, a tag `1e3` is 1000, a variable `yes` is true, a version `1.10` is 1.1; or a large number is printed as 2.0250811e+07. It is a warning where what is read may be meant.",
	Remedy:   "Put the value in quotes, or write what is meant.",
}

// damagedValues looks for what YAML has made of values. The chart's schema, where there is one, says which types may stand
// where.
func damagedValues(file *valuesfile.File, chart *render.Chart) (findings []Finding) {
	var types valuesfile.Types
	if chart != nil {
		types = chart.TypesAt
	}
	for _, value := range file.DamagedValues(types) {
		remedy := fmt.Sprintf("write %q, or %s if that is meant", value.Written, value.Read)
		switch {
		case value.Number:
			remedy = fmt.Sprintf("write %s, or %s if that is meant", strings.TrimLeft(value.Written, "0"), value.Read)
		case value.Doubtful:
			remedy = fmt.Sprintf("write %s, or %q if text is meant", value.Read, value.Written)
		}
		f := yamlValue.finding(fmt.Sprintf("%s is read as %s", value.Written, value.Read), remedy)
		f.Values, f.File, f.Line = dotted(value.Path), file.Path, value.Line
		if value.Doubtful {
			f.Severity = Warning
		}
		findings = append(findings, f)
	}
	return findings
}

// largeNumbers finds the numbers that a template has printed in scientific notation.
func largeNumbers(file *valuesfile.File, manifests string) (findings []Finding) {
	for _, value := range file.LargeNumbers() {
		if !strings.Contains(manifests, value.Read) {
			continue
		}
		f := yamlValue.finding(fmt.Sprintf("%s is rendered as %s", value.Written, value.Read), fmt.Sprintf("write %q", value.Written))
		f.Values, f.File, f.Line = dotted(value.Path), file.Path, value.Line
		findings = append(findings, f)
	}
	return findings
}

// dotted writes a path as people do: keys that hold a dot are in brackets.
func dotted(path []string) string {
	var text strings.Builder
	for _, key := range path {
		switch {
		case strings.ContainsAny(key, ".[]") || key == "":
			fmt.Fprintf(&text, "[%q]", key)
		case text.Len() > 0:
			text.WriteString("." + key)
		default:
			text.WriteString(key)
		}
	}
	return text.String()
}
