package deploy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAutoscalingPage compares docs/autoscaling.md with the steps that TestAutoscaling and TestDropWithoutReplicasIsSeen play.
func TestAutoscalingPage(t *testing.T) {
	requireGenerated(t, "../../../docs/autoscaling.md", scalingTables())
}

// scalingTables returns all steps as Markdown.
func scalingTables() string {
	var page strings.Builder
	for _, steps := range [][]scalingStep{scalingSteps, withoutReplicas} {
		page.WriteString("\n| ")
		for _, way := range scalingWays {
			page.WriteString("| " + way.name + " ")
		}
		page.WriteString("|\n|---" + strings.Repeat("|---", len(scalingWays)) + "|\n")
		var before []int32
		for _, step := range steps {
			fmt.Fprintf(&page, "| %s ", step.name)
			for way := range scalingWays {
				fmt.Fprintf(&page, "| %s ", step.outcome(way, before))
			}
			page.WriteString("|\n")
			before = slices.Concat(before, step.replicas)
		}
	}
	return page.String() + "\n"
}

// outcome says which numbers of pods are asked for during the step.
func (s scalingStep) outcome(way int, before []int32) string {
	numbers := s.replicas
	if len(before) > 0 {
		numbers = append([]int32{before[len(before)-1]}, numbers...)
	}
	outcome := strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", " → ")
	if s.conflict[way] != "" {
		return "conflict; with " + s.conflict[way] + " " + outcome
	}
	return outcome
}
