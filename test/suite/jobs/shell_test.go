//go:build e2e

package jobs

import (
	"bytes"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// call is a simple command of a script, such as `helm upgrade orders`.
type call struct {
	words []string // as they are written, without quotes around a whole word
	piped bool     // its output is the input of another
}

func (c call) is(words ...string) bool {
	return len(c.words) >= len(words) && strings.Join(c.words[:len(words)], " ") == strings.Join(words, " ")
}

// withoutRollout is the command that `slipway rollout -- command` runs.
func (c call) withoutRollout() call {
	if c.is("slipway", "rollout") {
		if i := slices.Index(c.words, "--"); i > 0 {
			c.words = c.words[i+1:]
		}
	}
	return c
}

// has says whether a word is this flag, alone or with a value.
func (c call) has(flag string) bool {
	for _, word := range c.words {
		if word == flag || strings.HasPrefix(word, flag+"=") {
			return true
		}
	}
	return false
}

// value returns the word after a flag, or nothing.
func (c call) value(flag string) string {
	for i, word := range c.words[:len(c.words)-1] {
		if word == flag {
			return c.words[i+1]
		}
	}
	return ""
}

// values returns the words after a flag, in their order.
func (c call) values(flag string) (values []string) {
	for i, word := range c.words[:len(c.words)-1] {
		if word == flag {
			values = append(values, c.words[i+1])
		}
	}
	return values
}

// set returns what `--set key=value` gives to a key.
func (c call) set(key string) (value string, found bool) {
	for i, word := range c.words[:len(c.words)-1] {
		if word == "--set" {
			if value, ok := strings.CutPrefix(c.words[i+1], key+"="); ok {
				return value, true
			}
		}
	}
	return "", false
}

// script is what a job runs, as a POSIX shell reads it.
type script struct {
	calls []call
	// hidden are the variables that are exported with the output of a command: if that fails, the export does not.
	hidden []string
	// unseen are the statements of which only the last command ends the job if it fails.
	unseen []string
}

func parseScript(text string) (script, error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err != nil {
		return script{}, err
	}
	var s script
	piped := map[syntax.Node]bool{}
	syntax.Walk(file, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.Stmt:
			if and, ok := node.Cmd.(*syntax.BinaryCmd); ok && and.Op == syntax.AndStmt {
				s.unseen = append(s.unseen, written(node))
			}
		case *syntax.BinaryCmd:
			if node.Op == syntax.Pipe {
				syntax.Walk(node.X, func(n syntax.Node) bool {
					piped[n] = true
					return true
				})
			}
		case *syntax.DeclClause:
			for _, assign := range node.Args {
				if assign.Value != nil && hasCommand(assign.Value) {
					s.hidden = append(s.hidden, assign.Name.Value)
				}
			}
		case *syntax.CallExpr:
			if len(node.Args) == 0 {
				break
			}
			c := call{piped: piped[node]}
			for _, word := range node.Args {
				c.words = append(c.words, strings.Trim(written(word), `"'`))
			}
			// POSIX has no declarations: export is a command as any other.
			if c.is("export") {
				for _, word := range node.Args[1:] {
					if hasCommand(word) {
						s.hidden = append(s.hidden, written(word))
					}
				}
			}
			s.calls = append(s.calls, c.withoutRollout())
		}
		return true
	})
	return s, nil
}

func hasCommand(node syntax.Node) bool {
	found := false
	syntax.Walk(node, func(n syntax.Node) bool {
		if _, ok := n.(*syntax.CmdSubst); ok {
			found = true
		}
		return !found
	})
	return found
}

func written(node syntax.Node) string {
	var b bytes.Buffer
	_ = syntax.NewPrinter().Print(&b, node) // a buffer takes everything
	return b.String()
}
