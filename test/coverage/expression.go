package coverage

import (
	"regexp"
	"strings"
)

// span is a part of a template's text.
type span struct{ start, end int }

// pipeline is what stands in an action, or in parentheses.
type pipeline struct {
	span     // without declarations
	commands []command
}

// command is one part between | and |: a function and its arguments, or one operand.
type command struct {
	span
	operands []operand
}

// operand is a word, a text in quotes, or a pipeline in parentheses, with the fields that follow.
type operand struct {
	span
	inner []pipeline
}

var declaration = regexp.MustCompile(`^\s*\$\w*\s*(?:,\s*\$\w*\s*)?:?=`)

// reader reads expressions that Go's parser takes, up to end.
type reader struct {
	text    string
	at, end int
}

func (r *reader) skipSpace() {
	for r.at < r.end && isSpace(r.text[r.at]) {
		r.at++
	}
}

// pipeline reads to the end, or to a closing parenthesis, which is left.
func (r *reader) pipeline() pipeline {
	r.at += len(declaration.FindString(r.text[r.at:r.end]))
	r.skipSpace()
	p := pipeline{span: span{r.at, r.at}}
	for {
		c := r.command()
		if len(c.operands) > 0 {
			p.commands = append(p.commands, c)
			p.end = c.end
		}
		if r.at >= r.end || r.text[r.at] != '|' {
			return p
		}
		r.at++
	}
}

func (r *reader) command() command {
	r.skipSpace()
	c := command{span: span{r.at, r.at}}
	for r.at < r.end && r.text[r.at] != '|' && r.text[r.at] != ')' {
		o := r.operand()
		c.operands = append(c.operands, o)
		c.end = o.end
		r.skipSpace()
	}
	return c
}

func (r *reader) operand() operand {
	o := operand{span: span{start: r.at}}
	for r.at < r.end && !isSpace(r.text[r.at]) && r.text[r.at] != '|' && r.text[r.at] != ')' {
		if r.text[r.at] != '(' {
			r.at = min(afterToken(r.text, r.at), r.end)
			continue
		}
		r.at++
		o.inner = append(o.inner, r.pipeline())
		if r.at < r.end {
			r.at++ // the closing parenthesis
		}
	}
	o.end = r.at
	return o
}

// word returns the text of an operand.
func (r *reader) word(o operand) string { return r.text[o.start:o.end] }

// oneLine is a text as it is shown: without line breaks, and one space where there are several.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// constant says whether a word is always the same, and then whether it counts as true.
func constant(word string) (is, truth bool) {
	switch {
	case word == "nil" || word == "false" || word == `""` || word == "``" || word == "0":
		return true, false
	case word == "true" || strings.IndexByte("\"`'0123456789+-", word[0]) >= 0:
		return true, true
	}
	return false, false
}
