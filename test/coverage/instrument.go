package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"gitlab.example.com/platform/slipway/test/render"
)

// builder finds the arms of one template, and puts probes into its text: at their places in it, so that lines stay.
type builder struct {
	template  render.Template
	first     int // number of the file's first arm
	arms      []Arm
	edits     []edit
	variables int
	defines   map[string][]int // indices of the arms of defines, by name
}

// edit is a text to put in. At one place, what closes stands before what opens, and the inner within the outer.
type edit struct {
	at, order, size int
	text            string
}

// Orders of edits at one place.
const (
	closing = iota // ends an operand
	after          // follows an action
	before         // precedes one
	opening        // begins an operand
)

// instrument returns the arms of a template, which are numbered from first, and its text with probes.
func instrument(template render.Template, first int) (*builder, string, error) {
	trees := map[string]*parse.Tree{}
	tree := parse.New(template.File)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(template.Text, "", "", trees); err != nil {
		return nil, "", fmt.Errorf("%s is no template: %s", template.File, strings.TrimPrefix(err.Error(), "template: "))
	}
	b := &builder{template: template, first: first, defines: map[string][]int{}}
	actions := scan(template.Text)
	for _, c := range controls(actions) {
		switch c.open.keyword {
		case "define", "block":
			b.define(c, trees)
		case "range":
			b.ranges(c)
		default:
			b.condition(c)
		}
	}
	for _, a := range actions {
		b.expression(a)
	}
	return b, b.text(), nil
}

func (b *builder) text() string {
	slices.SortStableFunc(b.edits, func(x, y edit) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.order, y.order), cmp.Compare(x.size, y.size))
	})
	var text strings.Builder
	at := 0
	for _, e := range b.edits {
		text.WriteString(b.template.Text[at:e.at] + e.text)
		at = e.at
	}
	text.WriteString(b.template.Text[at:])
	return text.String()
}

// add returns the number of a new arm.
func (b *builder) add(at int, what, never string, body span) string {
	b.arms = append(b.arms, Arm{
		File: b.template.File, Chart: b.template.Chart, Line: 1 + strings.Count(b.template.Text[:at], "\n"),
		What: oneLine(what), Never: never, start: at, body: body,
	})
	return b.last()
}

// last is the number of the arm that was added last.
func (b *builder) last() string { return strconv.Itoa(b.first + len(b.arms) - 1) }

func (b *builder) edit(at, order, size int, text string) {
	b.edits = append(b.edits, edit{at: at, order: order, size: size, text: text})
}

// probe is an action that says that it was reached. It trims what its neighbour would trim if it were not between.
func probe(number string, trimLeft, trimRight bool) string {
	left, right := "{{ ", " }}"
	if trimLeft {
		left = "{{- "
	}
	if trimRight {
		right = " -}}"
	}
	return left + `$slipwayCover := ` + lookup(strconv.Quote(number)) + right
}

func lookup(number string) string {
	return `lookup "` + render.ProbeVersion + `" ` + number + ` "" "x"`
}

func (b *builder) after(a action, number string) {
	b.edit(a.end, after, 0, probe(number, false, a.trimRight))
}

// instead puts the arm that is not written before an end.
func (b *builder) instead(end action, number string) {
	word := "{{ else }}"
	if end.trimLeft {
		word = "{{- else }}"
	}
	b.edit(end.start, before, 0, word+probe(number, false, false))
}

// head is an action without what marks it.
func (b *builder) head(a action) string { return oneLine(b.template.Text[a.innerStart:a.innerEnd]) }

// bodies are what each arm writes.
func (c control) bodies() (bodies []span) {
	arms := c.arms()
	for i, a := range arms {
		end := c.end.start
		if i+1 < len(arms) {
			end = arms[i+1].start
		}
		bodies = append(bodies, span{a.end, end})
	}
	return bodies
}

func (b *builder) condition(c control) {
	bodies := c.bodies()
	condition := c.open
	for i, a := range c.arms() {
		if a.keyword == "else" {
			b.after(a, b.add(a.start, b.head(condition), "was never false", bodies[i]))
			continue
		}
		condition = a
		b.after(a, b.add(a.start, b.head(a), "was never true", bodies[i]))
	}
	if !c.hasElse() {
		b.instead(c.end, b.add(condition.start, b.head(condition), "was never false", span{}))
	}
}

// ranges counts the passes of each range: a probe before it, one in each pass, one after it.
func (b *builder) ranges(c control) {
	bodies := c.bodies()
	what := b.head(c.open)
	if c.hasElse() {
		b.after(c.elses[0], b.add(c.elses[0].start, what, "was never empty", bodies[1]))
	} else {
		b.instead(c.end, b.add(c.open.start, what, "was never empty", span{}))
	}
	one := b.add(c.open.start, what, "never had one pass", bodies[0])
	b.add(c.open.start, what, "never had many passes", bodies[0])
	b.edit(c.open.start, before, 0, probe(entered+one, c.open.trimLeft, false))
	b.after(c.open, passed+one)
	b.after(c.end, left+one)
}

// define skips what is empty: Helm takes an earlier define of the name instead, and a probe would change that.
func (b *builder) define(c control, trees map[string]*parse.Tree) {
	r := reader{text: b.template.Text, at: c.open.bodyStart, end: c.open.innerEnd}
	r.skipSpace()
	name, err := strconv.Unquote(r.text[r.at:afterToken(r.text, r.at)])
	if err != nil || trees[name] == nil || parse.IsEmptyTree(trees[name].Root) {
		return
	}
	b.after(c.open, b.add(c.open.start, "define "+strconv.Quote(name), "was never called", c.bodies()[0]))
	b.defines[name] = append(b.defines[name], len(b.arms)-1)
}

// expression finds the operands that decide in an action.
func (b *builder) expression(a action) {
	r := reader{text: b.template.Text, at: a.bodyStart, end: a.innerEnd}
	switch a.keyword {
	case "template", "block":
		r.skipSpace()
		if r.at < r.end {
			r.at = afterToken(r.text, r.at)
		}
	case "", "if", "else if", "with", "else with", "range":
	default:
		return
	}
	if a.comment {
		return
	}
	decides := a.keyword == "if" || a.keyword == "else if" || a.keyword == "with" || a.keyword == "else with"
	b.pipeline(&r, r.pipeline(), decides)
}

// pipeline looks at each command. Of one that decides alone, arms that its if has already are not counted again.
func (b *builder) pipeline(r *reader, p pipeline, decides bool) {
	for i, c := range p.commands {
		if len(c.operands) == 0 {
			continue
		}
		alone := decides && len(p.commands) == 1
		name := r.word(c.operands[0])
		for _, o := range c.operands {
			for _, inner := range o.inner {
				whole := len(o.inner) == 1 && inner.start > o.start && r.text[o.end-1] == ')' && r.text[o.start] == '('
				b.pipeline(r, inner, whole && (name == "and" || name == "or" || name == "not" && alone))
			}
		}
		call := call{what: oneLine(r.text[p.start:c.end]), name: name, start: c.start, decides: alone}
		for _, o := range c.operands[1:] {
			call.operands = append(call.operands, o.span)
		}
		if i > 0 {
			call.piped = span{p.start, p.commands[i-1].end}
		}
		b.call(call)
	}
}
