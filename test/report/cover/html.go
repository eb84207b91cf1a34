package cover

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/coverage"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

type pageFile struct {
	ID, Path, State, Share string
	Missed                 int
	Lines                  []pageLine
}

type pageLine struct {
	ID, Text, State, Mark string
	Number                int
	Arms                  []pageArm
}

type pageArm struct {
	Text, State, Mark string
	By                string // indices of sources
	More              int
}

type pagePart struct{ Name, Share string }

// shownSources is how many of those that reached an arm a page names: it stays small where thousands of tests did.
const shownSources = 20

// marks are read without colour.
var marks = map[string]string{"reached": "✓", "missed": "✗", "partly": "◐", "excluded": "–", "not loaded": "○", "shadowed": "○"}

// HTML writes one page that needs nothing else: the source of each template, what became of each arm, and who reached it.
func HTML(out io.Writer, r Report) error {
	sources := map[string]int{}
	var names []string
	index := func(name string) string {
		if _, ok := sources[name]; !ok {
			sources[name] = len(names)
			names = append(names, name)
		}
		return fmt.Sprint(sources[name])
	}
	byFile := map[string]map[int][]coverage.Seen{}
	for _, arm := range r.Arms {
		if byFile[arm.File] == nil {
			byFile[arm.File] = map[int][]coverage.Seen{}
		}
		byFile[arm.File][arm.Line] = append(byFile[arm.File][arm.Line], arm)
	}
	var files []pageFile
	for i, name := range slices.Sorted(maps.Keys(byFile)) {
		file := pageFile{ID: fmt.Sprintf("f%d", i), Path: r.file(name)}
		var count coverage.Count
		hits := map[int]int{}
		for _, line := range r.Lines(name) {
			hits[line.Number] = line.Hits
		}
		for n, text := range strings.Split(strings.TrimSuffix(r.Texts[name], "\n"), "\n") {
			line := pageLine{ID: fmt.Sprintf("%sl%d", file.ID, n+1), Number: n + 1, Text: text}
			states := map[string]bool{}
			for _, arm := range byFile[name][n+1] {
				state := string(arm.State)
				states[state] = true
				shown := pageArm{Text: armText(r, arm), State: state, Mark: marks[state]}
				var by []string
				for _, source := range arm.By[:min(len(arm.By), shownSources)] {
					by = append(by, index(source))
				}
				shown.By, shown.More = strings.Join(by, " "), len(arm.By)-len(by)
				line.Arms = append(line.Arms, shown)
				if arm.State == coverage.Missed {
					file.Missed++
				}
				if arm.State == coverage.Missed || arm.State == coverage.Reached {
					count.Arms++
				}
				if arm.State == coverage.Reached {
					count.Reached++
				}
			}
			line.State = lineState(states)
			if hit, ok := hits[line.Number]; ok && len(line.Arms) == 0 {
				line.State = map[bool]string{true: "in-reached", false: "in-missed"}[hit > 0]
			}
			line.Mark = marks[line.State]
			file.Lines = append(file.Lines, line)
		}
		file.Share = fmt.Sprintf("%d of %d", count.Reached, count.Arms)
		file.State = map[bool]string{true: "missed", false: "reached"}[file.Missed > 0]
		files = append(files, file)
	}
	var parts []pagePart
	for _, part := range r.Parts {
		shown := pagePart{Name: part.Folder, Share: share(part.Count)}
		if !part.Loaded {
			shown.Share = "not loaded"
		}
		parts = append(parts, shown)
	}
	encoded, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return page.Execute(out, map[string]any{
		"Chart": r.Chart, "Share": share(r.Count), "Renders": renders(r.Renders), "Parts": parts, "Files": files,
		"NotMeasured": r.NotMeasured, "Sources": string(encoded),
	})
}

func lineState(states map[string]bool) string {
	switch {
	case states["missed"] && states["reached"]:
		return "partly"
	case states["missed"]:
		return "missed"
	case states["reached"]:
		return "reached"
	}
	for state := range states {
		return state
	}
	return ""
}

func armText(r Report, arm coverage.Seen) string {
	switch arm.State {
	case coverage.Reached:
		return arm.What + ": " + strings.NewReplacer("was never ", "was ", "never ", "").Replace(arm.Never)
	case coverage.Excluded:
		return arm.String() + ": excluded, because " + arm.Reason
	case coverage.Shadowed:
		return arm.String() + ": a define is shadowed by " + r.file(arm.ShadowedBy)
	case coverage.NotLoaded:
		return arm.What + ": not loaded"
	}
	return arm.String()
}
