package coverage

import (
	"fmt"
	"strconv"
)

// call is a function with its operands.
type call struct {
	name, what string
	start      int
	operands   []span
	piped      span // what is before its |; empty for nothing
	decides    bool // its if has arms for the whole already
}

// subject is the last argument: what is piped, or else the last operand of at least so many.
func (c call) subject(least int) (span, bool) {
	if c.piped != (span{}) {
		return c.piped, len(c.operands) == least-1
	}
	if len(c.operands) != least {
		return span{}, false
	}
	return c.operands[least-1], true
}

// none is the number of what is not counted.
const none = "-"

func (b *builder) call(c call) {
	switch c.name {
	case "and", "or":
		if c.piped == (span{}) {
			b.shortCircuit(c)
		}
	case "not":
		if x, ok := c.subject(1); ok && !c.decides {
			b.either(x, c.what, "was never false", "was never true", truth)
		}
	case "default":
		if x, ok := c.subject(2); ok {
			b.either(x, c.what, "never had a value", "never took its default", filled)
		}
	case "ternary":
		if x, ok := c.subject(3); ok {
			b.either(x, c.what, "never took its first", "never took its second", truth)
		}
	case "required":
		if x, ok := c.subject(2); ok {
			b.either(x, c.what, "never had a value", "was never missing", given)
		}
	case "coalesce":
		if c.piped == (span{}) {
			b.coalesce(c)
		}
	}
}

// What a variable is asked for, in the words of the function that it is an operand of.
func truth(variable string) string { return "not (not " + variable + ")" }

func filled(variable string) string { return "not (empty " + variable + ")" }

func given(variable string) string {
	return `not (or (kindIs "invalid" ` + variable + `) (and (kindIs "string" ` + variable + `) (eq ` + variable + ` "")))`
}

// either has arms for what an operand is and for what it is not.
func (b *builder) either(x span, what, yes, no string, ask func(string) string) {
	if is, _ := constant(b.template.Text[x.start:x.end]); is {
		return
	}
	first := b.add(x.start, what, yes, span{})
	second := b.add(x.start, what, no, span{})
	b.wrap(x, first, second, ask)
}

// shortCircuit has an arm for each operand that decides, and one for none.
func (b *builder) shortCircuit(c call) {
	state := "false"
	if c.name == "or" {
		state = "true"
	}
	for i, x := range c.operands {
		word := b.template.Text[x.start:x.end]
		is, value := constant(word)
		if word == "nil" {
			continue
		}
		deciding, going := none, none
		if !is || value == (c.name == "or") {
			deciding = b.add(x.start, word+" in "+c.what, "was never "+state, span{})
		}
		if last := i == len(c.operands)-1; last && !is && !c.decides {
			going = b.add(c.start, c.what, "was never "+strconv.FormatBool(c.name == "and"), span{})
		}
		if c.name == "and" {
			deciding, going = going, deciding
		}
		if deciding != none || going != none {
			b.wrap(x, deciding, going, truth)
		}
	}
}

// coalesce evaluates all its operands; which of them it takes is asked after the last.
func (b *builder) coalesce(c call) {
	var variables []string
	for _, x := range c.operands {
		if b.template.Text[x.start:x.end] == "nil" {
			return
		}
		variables = append(variables, b.variable())
	}
	if len(variables) == 0 {
		return
	}
	var chosen []string
	ends := false // a constant is taken where nothing before it is
	for _, x := range c.operands {
		word := b.template.Text[x.start:x.end]
		is, value := constant(word)
		chosen = append(chosen, none)
		if !ends && (!is || value) {
			chosen[len(chosen)-1] = b.add(x.start, word+" in "+c.what, "was never taken", span{})
		}
		ends = ends || is && value
	}
	number := strconv.Quote(none)
	if !ends {
		number = strconv.Quote(b.add(c.start, c.what, "was never empty", span{}))
	}
	for i := len(variables) - 1; i >= 0; i-- {
		number = fmt.Sprintf("(ternary %s %q (empty %s))", number, chosen[i], variables[i])
	}
	for i, x := range c.operands {
		size := x.end - x.start
		if i < len(c.operands)-1 {
			b.edit(x.start, opening, -size, "("+variables[i]+" := ")
			b.edit(x.end, closing, size, ")")
			continue
		}
		b.around(x, variables[i], number)
	}
}

func (b *builder) variable() string {
	b.variables++
	return "$slipwayCover" + strconv.Itoa(b.variables)
}

// wrap lets an operand say which of two numbers it reaches. It is evaluated once, and its value goes on as it is.
func (b *builder) wrap(x span, yes, no string, ask func(string) string) {
	variable := b.variable()
	b.around(x, variable, fmt.Sprintf("(ternary %q %q (%s))", yes, no, ask(variable)))
}

func (b *builder) around(x span, variable, number string) {
	size := x.end - x.start
	b.edit(x.start, opening, -size, "(index (list ("+variable+" := ")
	b.edit(x.end, closing, size, ") ("+lookup(number)+")) 0)")
}
