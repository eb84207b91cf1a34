package deploy

import (
	"fmt"
	"strings"
	"testing"
)

// TestNamespacePage compares docs/namespace.md with the cases that TestNamespace runs.
func TestNamespacePage(t *testing.T) {
	requireGenerated(t, "../../../docs/namespace.md", namespaceTables())
}

// namespaceTables returns all cases as Markdown.
func namespaceTables() string {
	var page strings.Builder
	for _, group := range namespaceCases {
		fmt.Fprintf(&page, "\n### %s\n\n| Namespace | What is done, and what becomes of the namespace |\n|---|---|\n", group.title)
		for _, c := range group.cases {
			fmt.Fprintf(&page, "| %s | %s |\n", c.name, strings.Join(c.outcomes(), "<br>"))
		}
	}
	return page.String() + "\n"
}

// outcomes says what the steps do, those in a row with the same outcome together.
func (c namespaceCase) outcomes() []string {
	var names, outcomes []string
	for i, step := range c.steps {
		if step.name == "" {
			continue
		}
		names = append(names, step.name)
		if i+1 < len(c.steps) && c.steps[i+1].outcome() == step.outcome() {
			continue
		}
		outcomes = append(outcomes, strings.Join(names, ", ")+": "+step.outcome())
		names = nil
	}
	return outcomes
}

// outcome says what a step does with each Helm.
func (s step) outcome() string {
	fate := either(string(s.fate.helm3), string(s.fate.helm4))
	if s.fails == (perHelm[string]{}) {
		return fate
	}
	return either(failure(s.fails.helm3), failure(s.fails.helm4)) + "; namespace " + fate
}

// either says it once where both Helms do the same.
func either(three, four string) string {
	if three == four {
		return three
	}
	return fmt.Sprintf("Helm 3 %s; Helm 4 %s", three, four)
}

// failure says how Helm fails; empty text is no failure.
func failure(text string) string {
	if text == "" {
		return "passes"
	}
	return "fails, `" + text + "`"
}
