// Package cover writes what was reached of a chart: for people, as JSON, LCOV and Cobertura, and as a page.
package cover

import (
	"encoding/json"
	"fmt"
	"io"
	"path"

	"gitlab.example.com/platform/slipway/test/coverage"
)

// Report is a result, and where its chart is.
type Report struct {
	coverage.Result
	Folder string // of the chart, or its archive, from the repository's root
}

// Format writes a report.
type Format func(out io.Writer, report Report) error

// Formats are those that --output takes.
func Formats() map[string]Format {
	return map[string]Format{"text": Text, "json": JSON, "lcov": LCOV, "cobertura": Cobertura, "html": HTML}
}

// Names are those of Formats, for people.
func Names() []string { return []string{"text", "json", "lcov", "cobertura", "html"} }

// file is the path of a template from the repository's root.
func (r Report) file(template string) string { return path.Join(r.Folder, template) }

func share(c coverage.Count) string {
	return fmt.Sprintf("%d of %d arms reached (%.1f %%)", c.Reached, c.Arms, c.Percent())
}

// JSON writes all that is known.
func JSON(out io.Writer, report Report) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Folder  string  `json:"folder"`
		Percent float64 `json:"percent"`
		coverage.Result
	}{report.Folder, report.Percent(), report.Result})
}
