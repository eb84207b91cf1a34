package check

import (
	"context"
	"reflect"
	"slices"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

var deadValue = Rule{
	ID: "values-dead", Severity: Warning, Optional: true, Link: docs,
	Sentence: "A value changes nothing in any environment: without it the release renders the same.",
	Remedy:   "Remove it, or correct its key; what it belongs to may be switched off.",
}

var redundantValue = Rule{
	ID: "values-redundant", Severity: Warning, Optional: true, Link: docs,
	Sentence: "A value repeats what a layer below it says, or every environment has its own.",
	Remedy:   "Remove it.",
}

// ablate leaves out each leaf of the service's own files in turn, and renders again for each environment until one differs.
func (s *service) ablate(ctx context.Context, releases []Release) error {
	baseline := map[string]outcome{}
	for _, release := range releases {
		made, ok := s.outcome(ctx, release, nil)
		if !ok {
			// What is broken is reported; what a value changes in it cannot be said.
			return ctx.Err()
		}
		// A chart that renders differently each time says nothing either.
		if again, ok := s.outcome(ctx, release, nil); !ok || !again.sameManifests(made) {
			return ctx.Err()
		}
		baseline[release.Environment] = made
	}
	var seen []string
	for _, release := range releases {
		for _, layer := range release.Layers {
			if !layer.Own || slices.Contains(seen, layer.Path) {
				continue
			}
			seen = append(seen, layer.Path)
			for _, leaf := range s.files[layer.Path].Leaves() {
				if err := ctx.Err(); err != nil {
					return err
				}
				s.leaf(ctx, releases, layer.Path, leaf, baseline)
			}
		}
	}
	return nil
}

// leaf judges one leaf of one file.
func (s *service) leaf(ctx context.Context, releases []Release, file string, leaf valuesfile.Entry, baseline map[string]outcome) {
	redundant := true
	var environments []string
	for _, release := range releases {
		if !uses(release, file) {
			continue
		}
		s.Alive()
		before := baseline[release.Environment]
		same, err := s.sameValues(release, removal{file: file, path: leaf.Path}, before)
		if err != nil {
			return
		}
		if !same {
			redundant = false
			if without, ok := s.outcome(ctx, release, &removal{file: file, path: leaf.Path}); !ok || !without.sameManifests(before) {
				return
			}
		}
		environments = append(environments, release.Environment)
	}
	rule, message := deadValue, "changes nothing"
	if redundant {
		rule, message = redundantValue, "repeats what holds without it"
	}
	f := rule.finding(message, "")
	f.Values, f.File, f.Line, f.Environments = dotted(leaf.Path), file, leaf.Line, environments
	s.add(releases[0], "", f)
}

// sameValues says whether templates see the same values without a leaf, so that there is nothing to render.
func (s *service) sameValues(release Release, without removal, before outcome) (bool, error) {
	chart, err := s.load(release.Chart)
	if err != nil {
		return false, err
	}
	values, err := s.values(release, chart, &without)
	if err != nil {
		return false, err
	}
	prepared, err := render.Prepare(chart, helmRelease(release), values)
	if err != nil {
		return false, err
	}
	seen, err := prepared.Values()
	return err == nil && reflect.DeepEqual(seen, before.values), err
}

func uses(release Release, file string) bool {
	for _, layer := range release.Layers {
		if layer.Path == file {
			return true
		}
	}
	return false
}

// outcome is what a release renders, for all versions.
type outcome struct {
	values map[string]any
	texts  []string
}

func (o outcome) sameManifests(other outcome) bool { return reflect.DeepEqual(o.texts, other.texts) }

// outcome renders a release without some values; it is false if the release does not render.
func (s *service) outcome(ctx context.Context, release Release, without *removal) (outcome, bool) {
	for _, layer := range release.Layers {
		if s.files[layer.Path] == nil {
			return outcome{}, false
		}
	}
	chart, err := s.load(release.Chart)
	if err != nil {
		return outcome{}, false
	}
	values, err := s.values(release, chart, without)
	if err != nil {
		return outcome{}, false
	}
	prepared, err := render.Prepare(chart, helmRelease(release), values)
	if err != nil {
		return outcome{}, false
	}
	if problems, err := prepared.SchemaProblems(); err != nil || len(problems) > 0 {
		return outcome{}, false
	}
	// Templates may write to the values that they see, so these are asked for after the render, anew.
	rendered, err := prepared.Each(ctx, s.capabilities)
	if err != nil {
		return outcome{}, false
	}
	s.result.Renders += len(rendered)
	var made outcome
	for _, r := range rendered {
		if r.Err != nil {
			return outcome{}, false
		}
		made.texts = append(made.texts, r.Manifests.Text)
	}
	if made.values, err = prepared.Values(); err != nil {
		return outcome{}, false
	}
	return made, true
}
