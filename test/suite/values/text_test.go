package values

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// awkward are texts that YAML, templates or people take for something else. (Helm takes "<no value>" out of all that
// templates print, also where it stood in the values.)
var awkward = []string{
	"", " ", "true", "no", "on", "null", "~", "0", "007", "1e3", "0x1F", "1.0", "-1", "12:30", "2026-01-02", "a: b", "a # b", "# a", "- a", "[a]", "{a}",
	"'", `"`, `a "b" 'c'`, `\`, `\n`, "a\nb", "a\n", "\ta", " a ", "%a", "@a", "`a`", "&a", "*a", "!a", "|", ">", "?", "a,b", "$(A)", "$$", "ä ☃ 🚢",
	"{{ .Release.Name }}", "{{", "a=b", "https://example.com/a?b=c&d#e", "---", "...",
}

// text returns a text without a form of its own.
func text(random *rand.Rand, minimum, maximum int) string {
	made := awkward[random.IntN(len(awkward))]
	if random.IntN(3) == 0 {
		made = strings.Repeat(string(rune('a'+random.IntN(26))), 1+random.IntN(300))
	}
	for utf8.RuneCountInString(made) < minimum {
		made += "a"
	}
	if maximum > 0 && utf8.RuneCountInString(made) > maximum {
		made = string([]rune(made)[:maximum])
	}
	return made
}

// matching returns a text that a pattern admits. Most are short; of those with a limit, some are as long as they may be.
func matching(random *rand.Rand, pattern *syntax.Regexp, minimum, maximum int) string {
	w := writer{random: random, repeats: 3}
	if maximum > 0 && random.IntN(8) == 0 {
		w.repeats = 2 * maximum
	}
	for range 50 {
		w.out.Reset()
		w.write(pattern)
		if !anchored(pattern) {
			w.rest()
		}
		length := utf8.RuneCountInString(w.out.String())
		if length >= minimum && (maximum == 0 || length <= maximum) {
			return w.out.String()
		}
		if length > maximum && maximum > 0 {
			w.repeats = max(2, w.repeats/2)
		}
	}
	panic("no text of the right length matches " + pattern.String())
}

// anchored says whether a pattern is about the end of the text too.
func anchored(pattern *syntax.Regexp) bool {
	if pattern.Op == syntax.OpConcat && len(pattern.Sub) > 0 {
		pattern = pattern.Sub[len(pattern.Sub)-1]
	}
	return pattern.Op == syntax.OpEndText
}

// writer writes a text that a pattern admits.
type writer struct {
	random  *rand.Rand
	repeats int // most repetitions of what may be repeated for ever
	out     strings.Builder
}

func (w *writer) write(pattern *syntax.Regexp) {
	switch pattern.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
	case syntax.OpLiteral:
		w.out.WriteString(string(pattern.Rune))
	case syntax.OpCharClass:
		w.out.WriteRune(w.pick(pattern.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.out.WriteRune(rune(' ' + w.random.IntN('~'-' '+1)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range pattern.Sub {
			w.write(sub)
		}
	case syntax.OpAlternate:
		w.write(pattern.Sub[w.random.IntN(len(pattern.Sub))])
	case syntax.OpQuest:
		w.repeat(pattern.Sub[0], w.random.IntN(2))
	case syntax.OpStar:
		w.repeat(pattern.Sub[0], w.random.IntN(w.repeats+1))
	case syntax.OpPlus:
		w.repeat(pattern.Sub[0], 1+w.random.IntN(w.repeats))
	default:
		panic("no text for " + pattern.String())
	}
}

func (w *writer) repeat(pattern *syntax.Regexp, times int) {
	for range times {
		w.write(pattern)
	}
}

// pick returns a printable character of a class, mostly of ASCII.
func (w *writer) pick(class []rune) rune {
	for range 100 {
		i := 2 * w.random.IntN(len(class)/2)
		low, high := class[i], min(class[i+1], 0x2fff)
		if w.random.IntN(20) > 0 {
			high = min(high, '~')
		}
		if low > high {
			continue
		}
		if picked := low + w.random.Int32N(high-low+1); unicode.IsPrint(picked) {
			return picked
		}
	}
	return class[0]
}

// rest writes what may follow a pattern that says nothing of the end, as in paths.
func (w *writer) rest() {
	for range w.random.IntN(3 * w.repeats) {
		w.out.WriteByte("abcxyzABCXYZ0189-._~/"[w.random.IntN(21)])
	}
}
