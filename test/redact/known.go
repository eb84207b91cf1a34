package redact

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

const (
	// shortest value that is hidden wherever it stands. A shorter one is a number or a word of every other line.
	shortest = 6
	// shortestLine of a value of many lines, such as a key or a file of variables.
	shortestLine = 16
)

// Known are values that are known to be secret, such as those of a Secret that a pod reads. The zero value knows none.
type Known []string

// Add adds the value of a key of a Secret, as it is and as it is written in base64, in a URL and line by line. What is too
// short, or by its key's name no secret (the name of a user or of a host), is left out: it would be hidden in the middle of
// other words.
func (k *Known) Add(key, value string) {
	value = strings.TrimSpace(value)
	if len(value) < shortest || public(key, value) {
		return
	}
	forms := []string{value, base64.StdEncoding.EncodeToString([]byte(value)), url.QueryEscape(value), url.PathEscape(value)}
	if strings.Contains(value, "\n") {
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= shortestLine {
				forms = append(forms, line)
			}
		}
	}
	for _, form := range forms {
		if !slices.Contains(*k, form) {
			*k = append(*k, form)
		}
	}
	// The longest first: one may be in another.
	slices.SortFunc(*k, func(a, b string) int { return len(b) - len(a) })
}

// public says whether a key of a Secret has a value that is often in a Secret, and is none.
func public(key, value string) bool {
	key = strings.ToLower(key)
	for _, suffix := range []string{"user", "username", "host", "hostname", "port", "database", "dbname", "region", ".crt"} {
		if strings.HasSuffix(key, suffix) {
			return true
		}
	}
	return plain.MatchString(value)
}

func (k Known) hide(text string) string {
	for _, value := range k {
		text = strings.ReplaceAll(text, value, Mask)
	}
	return text
}
