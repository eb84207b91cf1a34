package check

import (
	"fmt"
	"slices"

	"gitlab.example.com/platform/slipway/test/render"
)

var valuesUnknownKey = Rule{
	ID: "values-unknown-key", Severity: Error, Link: docs,
	Sentence: "The chart's schema knows no such key: it is misspelt, or at the wrong level.",
	Remedy:   "Correct the key, or remove it; the chart's README lists those that there are.",
}

var valuesSchema = Rule{
	ID: "values-schema", Severity: Error, Link: docs,
	Sentence: "A value is not what the chart's schema wants: its type, a bound, a pattern, or a required key.",
	Remedy:   "Give a value that the schema admits; the chart's README lists them.",
}

func schemaFinding(problem render.SchemaProblem) Finding {
	if !problem.Unknown {
		f := valuesSchema.finding(problem.Message, "")
		f.Values = dotted(problem.Path)
		return f
	}
	key := problem.Path[len(problem.Path)-1]
	remedy := ""
	if near := nearest(key, problem.Known); near != "" {
		remedy = "did you mean " + dotted(append(slices.Clone(problem.Path[:len(problem.Path)-1]), near)) + "?"
	} else if len(problem.Known) > 0 && len(problem.Known) <= 12 {
		remedy = fmt.Sprintf("there are: %s", list(problem.Known))
	}
	f := valuesUnknownKey.finding("there is no key "+key+" here", remedy)
	f.Values = dotted(problem.Path)
	return f
}
