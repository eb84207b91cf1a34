package coverage

import (
	"regexp"
	"slices"
	"strings"
)

// action is one {{ … }} of a template. (Go's own parser keeps where nodes begin, but neither where actions and operands end
// nor what was trimmed, and printing its tree anew would move lines.)
type action struct {
	start, end          int // with delimiters
	innerStart          int // without them, and without trim markers
	innerEnd            int
	trimLeft, trimRight bool
	comment             bool
	keyword             string // if, else, else if, range, …; empty for what only writes
	bodyStart           int    // after the keyword
}

var keywords = regexp.MustCompile(`^\s*(else\s+if|else\s+with|if|with|range|define|block|template|else|end|break|continue)\b`)

// scan returns the actions of a text that Go's parser takes.
func scan(text string) (actions []action) {
	for at := 0; ; {
		next := strings.Index(text[at:], "{{")
		if next < 0 {
			return actions
		}
		a := action{start: at + next, innerStart: at + next + 2}
		if hasTrim(text[a.innerStart:]) {
			a.trimLeft = true
			a.innerStart += 2
		}
		a.comment = strings.HasPrefix(text[a.innerStart:], "/*")
		a.innerEnd = a.innerStart
		if a.comment {
			if ends := strings.Index(text[a.innerEnd:], "*/"); ends >= 0 {
				a.innerEnd += ends + 2
			}
		}
		for a.innerEnd < len(text) && !closes(text[a.innerEnd:]) {
			a.innerEnd = afterToken(text, a.innerEnd)
		}
		a.end = min(a.innerEnd+2, len(text))
		if a.trimRight = !strings.HasPrefix(text[a.innerEnd:], "}}"); a.trimRight {
			a.end = min(a.innerEnd+4, len(text))
		}
		a.bodyStart = a.innerStart
		if match := keywords.FindStringIndex(text[a.innerStart:a.innerEnd]); match != nil && !a.comment {
			a.keyword = strings.Join(strings.Fields(text[a.innerStart:a.innerStart+match[1]]), " ")
			a.bodyStart += match[1]
		}
		actions = append(actions, a)
		at = a.end
	}
}

func isSpace(b byte) bool { return strings.IndexByte(" \t\r\n", b) >= 0 }

// hasTrim says whether what follows {{ begins with a trim marker.
func hasTrim(text string) bool { return len(text) > 1 && text[0] == '-' && isSpace(text[1]) }

// closes says whether a text begins with the end of an action.
func closes(text string) bool {
	return strings.HasPrefix(text, "}}") || len(text) > 3 && isSpace(text[0]) && strings.HasPrefix(text[1:], "-}}")
}

// afterToken returns the place after a quoted text, or after one byte of anything else.
func afterToken(text string, at int) int {
	quote := text[at]
	if strings.IndexByte("\"'`", quote) < 0 {
		return at + 1
	}
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote != '`':
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// control is an if, with, range, define or block, with what ends its arms.
type control struct {
	open  action
	elses []action // else if, else with, else
	end   action
}

// arms are the actions that begin an arm which is written.
func (c control) arms() []action { return append([]action{c.open}, c.elses...) }

// hasElse says whether the last arm needs no condition.
func (c control) hasElse() bool {
	return slices.ContainsFunc(c.elses, func(a action) bool { return a.keyword == "else" })
}

// controls pairs actions, in the order in which they begin.
func controls(actions []action) []control {
	var all []*control
	var open []*control
	for _, a := range actions {
		switch a.keyword {
		case "if", "with", "range", "define", "block":
			c := &control{open: a}
			all, open = append(all, c), append(open, c)
		case "else", "else if", "else with":
			if len(open) > 0 {
				c := open[len(open)-1]
				c.elses = append(c.elses, a)
			}
		case "end":
			if len(open) > 0 {
				open[len(open)-1].end = a
				open = open[:len(open)-1]
			}
		}
	}
	var paired []control
	for _, c := range all {
		paired = append(paired, *c)
	}
	return paired
}
