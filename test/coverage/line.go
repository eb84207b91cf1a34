package coverage

import "strings"

// Line is a line of a template that some render may write or not.
type Line struct {
	Number int
	Arms   []Seen // those that begin in it, reached or missed
	Hits   int    // tests and services that reach it; 0 if they miss one of its arms
}

// Lines are those of a file that belong to an arm: it begins in them, or they are what it writes.
func (r Result) Lines(file string) (lines []Line) {
	var arms []Seen
	for _, arm := range r.Arms {
		if arm.File == file && (arm.State == Reached || arm.State == Missed) {
			arms = append(arms, arm)
		}
	}
	at := 0
	for i, text := range strings.SplitAfter(r.Texts[file], "\n") {
		line := Line{Number: i + 1, Hits: -1}
		inside, size := -1, 0
		for _, arm := range arms {
			if arm.Line == line.Number {
				line.Arms = append(line.Arms, arm)
				if hits := len(arm.By); line.Hits < 0 || hits < line.Hits {
					line.Hits = hits
				}
			}
			body := arm.body.end - arm.body.start
			if first := at + len(text) - len(strings.TrimLeft(text, " \t")); arm.body.start <= first && first < arm.body.end && (inside < 0 || body <= size) {
				// Both of a range's arms write the same.
				if body == size && inside > len(arm.By) {
					continue
				}
				inside, size = len(arm.By), body
			}
		}
		if line.Hits < 0 && strings.TrimSpace(text) != "" {
			line.Hits = inside
		}
		if line.Hits >= 0 {
			lines = append(lines, line)
		}
		at += len(text)
	}
	return lines
}

// Files are the templates that have arms that count, in the order of the arms.
func (r Result) Files() (files []string) {
	for _, arm := range r.Arms {
		if (arm.State == Reached || arm.State == Missed) && (len(files) == 0 || files[len(files)-1] != arm.File) {
			files = append(files, arm.File)
		}
	}
	return files
}
