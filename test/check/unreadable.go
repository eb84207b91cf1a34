package check

import (
	"errors"

	"gitlab.example.com/platform/slipway/test/valuesfile"
)

var unreadableValues = Rule{
	ID: "values-unreadable", Severity: Error, Link: docs,
	Sentence: "A values file cannot be read: it is missing, no text, no YAML, no map, too large, or nested too deep.",
	Remedy:   "Mend the file; helm fails on it too.",
}

func unreadable(err error) Finding {
	f := unreadableValues.finding(err.Error(), "")
	var reason *valuesfile.Error
	if errors.As(err, &reason) {
		f.File, f.Line, f.Message = reason.Path, reason.Line, reason.Reason
	}
	return f
}
