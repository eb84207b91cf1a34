package check

import (
	"errors"
	"io/fs"

	"gitlab.example.com/platform/slipway/test/valuesfile"
)

var unreadableValues = Rule{
	ID: "values-unreadable", Severity: Error, Link: docs,
	Sentence: "A values file cannot be read: it is missing, without permission, no text, no YAML, no map, too large, or nested too deep; or a folder cannot be looked into.",
	Remedy:   "Mend the file; helm fails on it too.",
}

// UnreadableFolder is the finding for a folder of a tree that cannot be looked into, so that services may be missing.
func UnreadableFolder(path string, err error) Finding {
	var onPath *fs.PathError
	if errors.As(err, &onPath) {
		err = onPath.Err
	}
	f := unreadableValues.finding("cannot be looked into: "+err.Error()+"; services in it are not checked", "Give who runs this the right to read it.")
	f.File = path
	return f
}

func unreadable(err error, own bool) Finding {
	f := unreadableValues.finding(err.Error(), "")
	var reason *valuesfile.Error
	if errors.As(err, &reason) {
		f.File, f.Line, f.Message = reason.Path, reason.Line, reason.Reason
	}
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && own:
		f.Remedy = "Write it; it may be empty, but helm does not go on without it."
	case missing:
		f.Remedy = "The platform's team writes it for each environment; or the environment's name is misspelt."
	}
	return f
}
