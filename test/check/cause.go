package check

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

// removal is a path of a values file that is left out; without a path, the whole file is.
type removal struct {
	file string
	path []string
}

// withoutPath returns the values without a path; what is above it is copied, nothing given is changed.
func withoutPath(values map[string]any, path []string) map[string]any {
	if len(path) == 0 {
		return values
	}
	value, ok := values[path[0]]
	if !ok {
		return values
	}
	copied := maps.Clone(values)
	if len(path) == 1 {
		delete(copied, path[0])
		return copied
	}
	below, ok := value.(map[string]any)
	if !ok {
		return values
	}
	copied[path[0]] = withoutPath(below, path[1:])
	return copied
}

// mostCauses bounds the renders that look for the cause of one finding.
const mostCauses = 60

// caused looks for the values that a finding about an object comes from, by leaving them out one by one, the environment's
// file first: those without which the release renders and the finding is gone. Where there are none, the template alone
// is to blame.
func (s *service) caused(ctx context.Context, release Release, chart *render.Chart, f Finding) Finding {
	return s.causedBy(ctx, release, f, func(without removal) effect { return s.without(ctx, release, chart, f, &without) })
}

// causedBy is caused with the effect of leaving values out.
func (s *service) causedBy(ctx context.Context, release Release, f Finding, effectOf func(removal) effect) Finding {
	left := mostCauses
	try := func(without removal) effect {
		if left--; left < 0 || ctx.Err() != nil {
			return stays
		}
		s.Alive()
		return effectOf(without)
	}
	for _, layer := range slices.Backward(release.Layers) {
		file := s.files[layer.Path]
		if file == nil {
			continue
		}
		// Where all of a file makes no difference, no part of it is looked at.
		var path []string
		if try(removal{file: layer.Path}) != stays {
			path = s.smallest(file.Values, layer.Path, nil, try)
		}
		if path == nil {
			continue
		}
		at, _ := file.Position(path)
		f.Values, f.File, f.Line = dotted(path), layer.Path, at.Line
		return f
	}
	return f
}

// effect is what becomes of a finding without some values.
type effect int

const (
	stays effect = iota
	gone
	unclear // the release does not render
)

// smallest descends to the deepest key without which the finding is gone. What is below a key without which it stays is
// not tried.
func (s *service) smallest(values map[string]any, file string, above []string, try func(removal) effect) []string {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		path := append(slices.Clone(above), key)
		effect := try(removal{file: file, path: path})
		if effect == stays {
			continue
		}
		if below, ok := values[key].(map[string]any); ok {
			if deeper := s.smallest(below, file, path, try); deeper != nil {
				return deeper
			}
		}
		if effect == gone {
			return path
		}
	}
	return nil
}

// errRefused is the error of a release that the chart's schema refuses.
var errRefused = errors.New("refused by the schema")

// trial is what came of a release without some values: all findings of the release are looked for in it.
type trial struct {
	documents []render.Document
	err       error
}

// renderWithout renders a release without some values, for a version of Kubernetes, once for all of its findings.
func (s *service) renderWithout(ctx context.Context, release Release, chart *render.Chart, without *removal, version string) ([]render.Document, error) {
	if s.tried.release != release.Name+"\x00"+release.Environment {
		s.tried.release, s.tried.by = release.Name+"\x00"+release.Environment, map[string]trial{}
	}
	key := strings.Join(append([]string{version, without.file}, without.path...), "\x00")
	known, ok := s.tried.by[key]
	if !ok {
		known.documents, known.err = s.renderAnew(ctx, release, chart, without, version)
		s.tried.by[key] = known
	}
	return known.documents, known.err
}

func (s *service) renderAnew(ctx context.Context, release Release, chart *render.Chart, without *removal, version string) ([]render.Document, error) {
	values, err := s.values(release, chart, without)
	if err != nil {
		return nil, err
	}
	prepared, err := render.Prepare(chart, helmRelease(release), values)
	if err != nil {
		return nil, err
	}
	if problems, err := prepared.SchemaProblems(); err != nil || len(problems) > 0 {
		return nil, cmp.Or(err, errRefused)
	}
	rendered, err := prepared.Each(ctx, s.capabilities[slices.Index(s.settings.Versions, version):][:1])
	if err != nil {
		return nil, err
	}
	s.result.Renders += len(rendered)
	return rendered[0].Manifests.Documents, rendered[0].Err
}

// makes says whether an object is among the documents.
func makes(documents []render.Document, object string) bool {
	return slices.ContainsFunc(documents, func(d render.Document) bool { return d.String() == object })
}

// without says what becomes of a finding about an object.
func (s *service) without(ctx context.Context, release Release, chart *render.Chart, f Finding, without *removal) effect {
	version := f.Versions[len(f.Versions)-1]
	documents, err := s.renderWithout(ctx, release, chart, without, version)
	if err != nil {
		return unclear
	}
	if !makes(documents, f.Object) {
		// Nothing is wrong with what is not made: these values make it.
		return gone
	}
	var findings []Finding
	switch f.Rule {
	case selectorMatchesJob.ID:
		findings = selectorsOfJobs(documents)
	case nameCollision.ID:
		findings = collisionsWithin(documents, release.Namespace)
	case mutableTag.ID, missingLimits.ID:
		findings = production(documents)
	default:
		for _, d := range documents {
			if d.String() == f.Object {
				asked, err := s.ask(release, d, []string{version})
				if err != nil {
					return unclear
				}
				findings = append(findings, asked...)
			}
		}
	}
	if slices.ContainsFunc(findings, func(other Finding) bool {
		return other.Rule == f.Rule && other.Object == f.Object && strings.TrimRight(other.Field, "0123456789[]") == strings.TrimRight(f.Field, "0123456789[]")
	}) {
		return stays
	}
	return gone
}
