package report

import (
	_ "embed"
	"encoding/json"
	"io"

	"gitlab.example.com/platform/slipway/test/check"
)

// Schema is the JSON schema of what JSON writes.
//
//go:embed report.schema.json
var Schema []byte

// JSON writes the whole report.
func JSON(out io.Writer, report Report) error {
	if report.Findings == nil {
		report.Findings = []check.Finding{}
	}
	if report.Environments == nil {
		report.Environments = []string{}
	}
	return indented(out, report)
}

func indented(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
