package coverage

import (
	"cmp"
	"maps"
	"slices"
)

// State is what became of an arm.
type State string

// States of arms. Percentages are those of reached among reached and missed.
const (
	Reached   State = "reached"
	Missed    State = "missed"
	Excluded  State = "excluded"   // a comment says why it need not be reached
	NotLoaded State = "not loaded" // its chart was switched off in each render
	Shadowed  State = "shadowed"   // another define has its name
)

// Seen is an arm with what became of it.
type Seen struct {
	Arm
	State      State    `json:"state"`
	By         []string `json:"by,omitempty"`         // tests and services that reached it, sorted
	Reason     string   `json:"reason,omitempty"`     // why it is excluded
	ShadowedBy string   `json:"shadowedBy,omitempty"` // file and line of the define that Helm takes
}

// Part is a chart, or one in its folder charts/.
type Part struct {
	Folder string `json:"folder"` // empty for the chart itself
	Loaded bool   `json:"loaded"`
	Count
}

// Count is how many arms there are, and were reached.
type Count struct {
	Reached int `json:"reached"`
	Arms    int `json:"arms"` // reached and missed
}

// Percent is rounded down to a tenth: 100 means all. Of nothing, all is reached.
func (c Count) Percent() float64 {
	if c.Arms == 0 {
		return 100
	}
	return float64(c.Reached*1000/c.Arms) / 10
}

func (c *Count) add(state State) {
	switch state {
	case Reached:
		c.Reached++
		c.Arms++
	case Missed:
		c.Arms++
	}
}

// Gap is a render of which nothing counts, and why.
type Gap struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// Result is what a profile says of a chart.
type Result struct {
	Chart       string `json:"chart"`
	Renders     int    `json:"renders"`
	Count       `json:"total"`
	Parts       []Part `json:"parts"`
	Arms        []Seen `json:"arms"` // by file and place
	NotMeasured []Gap  `json:"notMeasured"`
	// Wrong are exclusions of arms that were reached: file, line, and by whom.
	Wrong []Seen `json:"reachedThoughExcluded"`

	Texts map[string]string `json:"-"` // of the templates, by file
}

// Result counts.
func (c *Chart) Result(p *Profile) Result {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	r := Result{Chart: c.Name, Renders: p.renders, Parts: []Part{}, Arms: []Seen{}, NotMeasured: []Gap{}, Wrong: []Seen{}, Texts: map[string]string{}}
	parts := map[string]*Part{"": {Loaded: true}}
	for _, template := range c.Templates {
		r.Texts[template.File] = template.Text
		if parts[template.Chart] == nil {
			parts[template.Chart] = &Part{Folder: template.Chart}
		}
		if p.loaded[template.File] {
			parts[template.Chart].Loaded = true
		}
	}
	excluded := map[int]string{}
	for _, e := range c.exclusions {
		for _, arm := range c.within(e.arm) {
			excluded[arm] = e.reason
		}
	}
	for i, arm := range c.Arms {
		seen := Seen{Arm: arm, State: Missed, By: slices.Sorted(maps.Keys(p.reached[i])), ShadowedBy: arm.shadowedBy}
		reason, isExcluded := excluded[i]
		seen.Reason = reason
		switch {
		case len(seen.By) > 0:
			seen.State = Reached
			if isExcluded {
				r.Wrong = append(r.Wrong, seen)
			}
		case isExcluded:
			seen.State = Excluded
		case arm.shadowedBy != "":
			seen.State = Shadowed
		case !parts[arm.Chart].Loaded:
			seen.State = NotLoaded
		}
		r.Count.add(seen.State)
		parts[arm.Chart].Count.add(seen.State)
		r.Arms = append(r.Arms, seen)
	}
	slices.SortStableFunc(r.Arms, func(a, b Seen) int {
		return cmp.Or(cmp.Compare(a.Chart, b.Chart), cmp.Compare(a.File, b.File), cmp.Compare(a.start, b.start))
	})
	for _, folder := range slices.Sorted(maps.Keys(parts)) {
		r.Parts = append(r.Parts, *parts[folder])
	}
	for _, source := range slices.Sorted(maps.Keys(p.notMeasured)) {
		r.NotMeasured = append(r.NotMeasured, Gap{source, p.notMeasured[source]})
	}
	return r
}
