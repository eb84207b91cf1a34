package coverage

import (
	"fmt"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

// exclusion is a comment that says why an arm need not be reached:
// {{/* cover: if .Values.hpa was never true, because REASON */}}.
type exclusion struct {
	file   string
	line   int
	arm    int
	reason string
}

const (
	exclusionWord = "cover:"
	because       = ", because "
)

// exclusions reads those of a template. Each is about the next arm of these words after it.
func exclusions(template render.Template, first int, arms []Arm) (all []exclusion, err error) {
	for _, a := range scan(template.Text) {
		if !a.comment {
			continue
		}
		text := oneLine(strings.TrimSuffix(strings.TrimPrefix(template.Text[a.innerStart:a.innerEnd], "/*"), "*/"))
		text, ok := strings.CutPrefix(text, exclusionWord)
		if !ok {
			continue
		}
		e := exclusion{file: template.File, line: 1 + strings.Count(template.Text[:a.start], "\n"), arm: -1}
		words, reason, _ := strings.Cut(strings.TrimSpace(text), because)
		if e.reason = strings.TrimSpace(reason); e.reason == "" {
			return nil, fmt.Errorf("%s:%d: this exclusion has no reason: write {{/* %s %s%sREASON */}}", e.file, e.line, exclusionWord, words, because)
		}
		var next []string
		for i, arm := range arms {
			if arm.start < a.end {
				continue
			}
			if arm.String() == words && (e.arm < 0 || arm.start < arms[e.arm-first].start) {
				e.arm = first + i
			}
			if len(next) < 3 {
				next = append(next, fmt.Sprintf("%q", arm))
			}
		}
		if e.arm < 0 {
			return nil, fmt.Errorf("%s:%d: no arm after this exclusion is %q; write it as slipway cover prints it, before its action: %s",
				e.file, e.line, words, strings.Join(append(next, "…"), ", "))
		}
		all = append(all, e)
	}
	return all, nil
}
