package check

import (
	"fmt"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

var valuesUnknownKey = Rule{
	ID: "values-unknown-key", Severity: Error, Link: docs,
	Sentence: "The chart's schema knows no such key: it is misspelt, or at the wrong level.",
	Remedy:   "Correct the key, or remove it; values.yaml of the chart has those that there are.",
}

var valuesSchema = Rule{
	ID: "values-schema", Severity: Error, Link: docs,
	Sentence: "A value is not what the chart's schema wants: its type, a bound, a pattern, or a required key.",
	Remedy:   "Give a value that the schema admits; values.yaml of the chart says what each is for.",
}

func schemaFinding(problem render.SchemaProblem, chart *render.Chart) Finding {
	path := problem.Path
	if !problem.Unknown {
		message, remedy := problem.Message, ""
		if problem.Got != "" {
			message, remedy = wrongType(problem)
		}
		f := valuesSchema.finding(message, remedy)
		f.Values = dotted(path)
		return f
	}
	key := path[len(path)-1]
	remedy := ""
	if here := calledHere(path, chart); here != "" {
		remedy = here
	} else if near := nearest(key, problem.Known); near != "" {
		remedy = "did you mean " + dotted(append(slices.Clone(path[:len(path)-1]), near)) + "?"
	} else if len(problem.Known) > 0 && len(problem.Known) <= 12 {
		remedy = fmt.Sprintf("there are: %s", list(problem.Known))
	}
	f := valuesUnknownKey.finding("there is no key "+key+" here", remedy)
	f.Values = dotted(path)
	return f
}

// typeNames are those of JSON Schema for people, and how each is written.
var typeNames = map[string]struct{ name, written string }{
	"string":  {"text", ""},
	"integer": {"a whole number", "a whole number without quotes, such as 2"},
	"number":  {"a number", "a number without quotes"},
	"boolean": {"true or false", "true or false, without quotes"},
	"object":  {"a map", "a map, `key: value`"},
	"array":   {"a list", "a list, `- item`"},
	"null":    {"nothing", ""},
}

// wrongType says in people's words that a value has another type than the schema wants, and what to write.
func wrongType(problem render.SchemaProblem) (message, remedy string) {
	var names, written []string
	for _, want := range problem.Want {
		if want == "null" && len(problem.Want) > 1 {
			continue // that it may be left out goes without saying
		}
		known, ok := typeNames[want]
		if !ok {
			known.name = want
		}
		if want == "string" && problem.Got != "object" && problem.Got != "array" && problem.Value != nil {
			known.written = fmt.Sprintf("it in quotes: %q", fmt.Sprint(problem.Value))
		}
		if !slices.Contains(names, known.name) {
			names = append(names, known.name)
		}
		if known.written != "" && !slices.Contains(written, known.written) {
			written = append(written, known.written)
		}
	}
	got := problem.Got
	if known, ok := typeNames[got]; ok {
		got = known.name
	}
	switch problem.Value.(type) {
	case string, bool, float64, int64, int:
		got = fmt.Sprintf("%v, %s", problem.Value, got)
		if problem.Got == "boolean" {
			got = fmt.Sprint(problem.Value)
		}
	}
	message = fmt.Sprintf("is %s, but must be %s", got, strings.Join(names, " or "))
	if len(written) > 0 {
		remedy = "write " + strings.Join(written, ", or ")
	}
	return message, remedy
}
