package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

// Checker checks services one after the other. It is for one goroutine.
type Checker struct {
	settings     Settings
	capabilities []render.Capabilities
	charts       map[string]loadedChart
	platform     map[string]readFile // files that are layers of many services
	references   map[string]map[gist]bool
	// Alive, if set, is called between two steps, none of which takes long unless a template does.
	Alive func()
}

type loadedChart struct {
	chart *render.Chart
	err   error
}

type readFile struct {
	file *valuesfile.File
	err  error
}

// NewChecker returns a checker. It fails for a version of Kubernetes that is not known.
func NewChecker(settings Settings) (*Checker, error) {
	c := &Checker{settings: settings, charts: map[string]loadedChart{}, platform: map[string]readFile{}, references: map[string]map[gist]bool{}, Alive: func() {}}
	if len(settings.Versions) == 0 {
		return nil, errors.New("no version of Kubernetes to check for")
	}
	for _, version := range settings.Versions {
		capabilities, err := kubernetes.Version(version).Capabilities()
		if err != nil {
			return nil, err
		}
		c.capabilities = append(c.capabilities, render.Capabilities(capabilities))
	}
	return c, nil
}

// Service checks the releases of one service. What is wrong becomes findings; an error is about this program, or the
// context's.
func (c *Checker) Service(ctx context.Context, releases []Release) (Result, error) {
	s := c.begin(releases)
	if err := s.each(ctx, releases); err != nil {
		return Result{}, err
	}
	s.timed("rules", func() {
		s.add(releases[0], "", c.notInProductions(releases, s.files)...)
	})
	if c.settings.Ablation {
		var err error
		s.timed("ablation", func() { err = s.ablate(ctx, releases) })
		if err != nil {
			return Result{}, err
		}
	}
	return s.done(), nil
}

// Alone checks releases without what shows beside the others of their service alone: that is for where one of those cannot be
// rendered.
func (c *Checker) Alone(ctx context.Context, releases []Release) (Result, error) {
	s := c.begin(releases)
	if err := s.each(ctx, releases); err != nil {
		return Result{}, err
	}
	return s.done(), nil
}

// Files checks what shows in the values files of a service's releases beside each other.
func (c *Checker) Files(releases []Release) Result {
	s := c.begin(releases)
	s.result.Findings = nil
	s.add(releases[0], "", c.notInProductions(releases, s.files)...)
	return s.done()
}

// Made returns what releases make, as far as they can be rendered, and finds nothing.
func (c *Checker) Made(ctx context.Context, releases []Release) (Result, error) {
	s := c.begin(releases)
	s.result.Findings = nil
	for _, release := range releases {
		chart, err := s.load(release.Chart)
		if err != nil || slices.ContainsFunc(release.Layers, func(layer Layer) bool { return s.files[layer.Path] == nil }) {
			continue
		}
		values, err := s.values(release, chart, nil)
		if err != nil {
			continue
		}
		prepared, err := render.Prepare(chart, helmRelease(release), values)
		if err != nil {
			continue
		}
		rendered, err := prepared.Each(ctx, s.capabilities)
		if err != nil {
			return Result{}, err
		}
		s.result.Renders += len(rendered)
		for _, r := range rendered {
			s.made(release, r.Manifests.Documents)
		}
		s.Alive()
	}
	return s.done(), nil
}

// begin reads the files of a service.
func (c *Checker) begin(releases []Release) *service {
	s := &service{Checker: c, files: map[string]*valuesfile.File{}, documents: documents{}, result: Result{Spent: map[string]int64{}}}
	s.read(releases)
	return s
}

// each checks one release after the other.
func (s *service) each(ctx context.Context, releases []Release) error {
	for _, release := range releases {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.check(ctx, release); err != nil {
			return fmt.Errorf("%s in %s: %w", release.Service, release.Environment, err)
		}
	}
	return nil
}

func (s *service) done() Result {
	s.result.Findings = Merge(s.result.Findings, s.settings.Versions)
	return s.result
}

// service is one service while it is checked.
type service struct {
	*Checker
	files     map[string]*valuesfile.File // nil: it cannot be read
	problems  map[string]Finding          // why, by file
	documents documents
	result    Result
	tried     struct { // of the release that is being checked
		release string
		by      map[string]trial
	}
}

// timed adds the time that a step takes to the result.
func (s *service) timed(step string, do func()) {
	began := time.Now()
	do()
	s.result.Spent[step] += int64(time.Since(began))
	s.Alive()
}

// add completes findings with what release they are of, and places them.
func (s *service) add(release Release, environment string, findings ...Finding) {
	for _, f := range findings {
		f.Service = release.Service
		if environment != "" {
			f.Environments = []string{environment}
		}
		f = release.near(f)
		s.result.Findings = append(s.result.Findings, f)
	}
}

// read reads the values files of all releases, each once, and looks at their text.
func (s *service) read(releases []Release) {
	s.problems = map[string]Finding{}
	type text struct{ file, chart string }
	texts := map[text][]Finding{}
	for _, release := range releases {
		var chart *render.Chart
		// Where it cannot be loaded, the release's own check says so.
		s.timed("chart", func() { chart, _ = s.load(release.Chart) })
		for _, layer := range release.Layers {
			s.timed("read", func() {
				if _, ok := s.files[layer.Path]; !ok {
					file, err := s.open(layer)
					s.files[layer.Path] = file
					if err != nil {
						s.problems[layer.Path] = unreadable(err, layer.Own)
					}
				}
				file, at := s.files[layer.Path], text{layer.Path, release.Chart}
				if _, ok := texts[at]; !ok && file != nil {
					texts[at] = slices.Concat(furtherDocuments(file), repeatedKeys(file), damagedKeys(file), damagedValues(file, chart))
				}
				s.add(release, release.Environment, texts[at]...)
			})
		}
	}
}

func (s *service) open(layer Layer) (*valuesfile.File, error) {
	if layer.Own {
		return valuesfile.Read(layer.Path)
	}
	known, ok := s.platform[layer.Path]
	if !ok {
		known.file, known.err = valuesfile.Read(layer.Path)
		s.platform[layer.Path] = known
	}
	return known.file, known.err
}

func (c *Checker) load(path string) (*render.Chart, error) {
	known, ok := c.charts[path]
	if !ok {
		known.chart, known.err = render.Load(path)
		c.charts[path] = known
	}
	return known.chart, known.err
}

// values merges the layers of a release, without one path of one file if that is given.
func (s *service) values(release Release, chart *render.Chart, without *removal) (map[string]any, error) {
	var layers []map[string]any
	for _, layer := range release.Layers {
		values := s.files[layer.Path].Values
		if without != nil && without.file == layer.Path {
			if values = withoutPath(values, without.path); len(without.path) == 0 {
				values = nil
			}
		}
		layers = append(layers, values)
	}
	values, err := render.MergeRead(layers, release.Set, release.SetString)
	if err != nil {
		return nil, err
	}
	if release.Tag != "" && chart.Has("image", "tag") && !isSet(values, "image", "tag") && !isSet(values, "image", "digest") && (release.TagAsked || !givesTag(chart)) {
		image, ok := values["image"].(map[string]any)
		if !ok && values["image"] != nil {
			return values, nil
		}
		if !ok {
			image = map[string]any{}
			values["image"] = image
		}
		image["tag"] = release.Tag
	}
	return values, nil
}

// givesTag says whether a chart deploys an image of its own where nobody names a tag: the one of its defaults, or its
// appVersion, as charts of `helm create` do.
func givesTag(chart *render.Chart) bool {
	return chart.AppVersion() != "" || isSet(chart.Defaults(), "image", "tag") || isSet(chart.Defaults(), "image", "digest")
}

// isSet says whether there is something else than nothing at a path.
func isSet(values map[string]any, path ...string) bool {
	var at any = values
	for _, key := range path {
		table, ok := at.(map[string]any)
		if !ok {
			return false
		}
		at = table[key]
	}
	return at != nil && at != ""
}

// check checks one release.
func (s *service) check(ctx context.Context, release Release) error {
	broken := false
	for _, layer := range release.Layers {
		if problem, ok := s.problems[layer.Path]; ok {
			s.add(release, release.Environment, problem)
			broken = true
		}
	}
	if broken {
		return nil
	}
	var chart *render.Chart
	var err error
	s.timed("chart", func() { chart, err = s.load(release.Chart) })
	if err != nil {
		s.add(release, release.Environment, unusableChart.finding(oneLine(err.Error()), ""))
		return nil
	}
	values, err := s.values(release, chart, nil)
	if err != nil {
		s.add(release, release.Environment, valuesMistake.finding(err.Error(), "write --set as Helm takes it"))
		return nil
	}
	var prepared *render.Prepared
	refused := map[string]bool{} // values paths
	s.timed("values", func() {
		if prepared, err = render.Prepare(chart, helmRelease(release), values); err != nil {
			s.add(release, release.Environment, unprepared(err))
			return
		}
		var problems []render.SchemaProblem
		if problems, err = prepared.SchemaProblems(); err != nil {
			s.add(release, release.Environment, unusableChart.finding(oneLine(err.Error()), ""))
			err = nil
		}
		for _, problem := range problems {
			refused[dotted(problem.Path)] = true
			s.add(release, release.Environment, s.placed(release, schemaFinding(problem, chart), problem.Path))
		}
	})
	if err != nil {
		return nil
	}
	var rendered []render.Rendered
	s.timed("render", func() {
		rendered, err = prepared.Each(ctx, s.capabilities)
		s.result.Renders += len(rendered)
	})
	if err != nil {
		return err
	}
	for _, r := range rendered {
		versions := s.versions(r.For)
		if r.Err != nil {
			for _, f := range renderFailures(r.Err, len(refused) > 0) {
				// What the schema says of a value is the reason for what a template says of it.
				if refused[f.Values] {
					continue
				}
				f.Versions = versions
				s.add(release, release.Environment, s.placed(release, f, splitPath(f.Values)))
			}
			continue
		}
		if len(refused) > 0 {
			continue
		}
		s.timed("rules", func() {
			for _, f := range slices.Concat(droppedHooks(r.Manifests), recordSize(prepared, r.Manifests)) {
				f.Versions = versions
				s.add(release, release.Environment, f)
			}
		})
		if err := s.manifests(ctx, release, chart, r.Manifests, versions); err != nil {
			return err
		}
	}
	return nil
}

func (s *service) versions(indices []int) (versions []string) {
	for _, i := range indices {
		versions = append(versions, s.settings.Versions[i])
	}
	return versions
}

func helmRelease(release Release) render.Release {
	return render.Release{Name: release.Name, Namespace: release.Namespace}
}

// manifests checks what a release makes in some versions.
func (s *service) manifests(ctx context.Context, release Release, chart *render.Chart, manifests render.Manifests, versions []string) error {
	s.timed("rules", func() {
		for _, layer := range release.Layers {
			for _, f := range largeNumbers(s.files[layer.Path], manifests.Text) {
				f.Versions = versions
				s.add(release, release.Environment, f)
			}
		}
		s.made(release, manifests.Documents)
	})
	findings, err := s.objects(ctx, release, manifests.Documents, versions)
	if err != nil {
		return err
	}
	s.timed("causes", func() {
		for _, f := range findings {
			var ofTheChart bool
			if ofTheChart, err = s.ofTheChart(ctx, release, f); err != nil {
				return
			}
			if !ofTheChart {
				f = s.caused(ctx, release, chart, f)
			}
			s.add(release, release.Environment, f)
		}
	})
	return err
}

// objects checks the objects of one release, beside each other and each by itself.
func (s *service) objects(ctx context.Context, release Release, documents []render.Document, versions []string) (findings []Finding, err error) {
	s.timed("rules", func() {
		findings = append(findings, selectorsOfJobs(documents)...)
		findings = append(findings, collisionsWithin(documents, release.Namespace)...)
		if s.settings.isProduction(release.Environment) {
			findings = append(findings, production(documents)...)
		}
		for i := range findings {
			findings[i].Versions = versions
		}
	})
	s.timed("kubernetes", func() {
		for _, d := range documents {
			var asked []Finding
			if err = ctx.Err(); err != nil {
				return
			}
			if asked, err = s.ask(release, d, versions); err != nil {
				return
			}
			findings = append(findings, asked...)
			s.Alive()
		}
	})
	if err != nil {
		return nil, err
	}
	findings = Merge(findings, s.settings.Versions)
	for i := range findings {
		if len(findings[i].Versions) == 0 {
			findings[i].Versions = versions
		}
	}
	return findings, nil
}

// made keeps what a release makes for what only shows over a whole fleet.
func (s *service) made(release Release, documents []render.Document) {
	s.result.Claims = append(s.result.Claims, claims(release, documents)...)
	for _, d := range documents {
		s.result.Objects = append(s.result.Objects, Object{
			Service: release.Service, Environment: release.Environment, Name: identity(d), Shared: shared(d), Hook: isHook(d),
			Namespace: namespaceOf(d, release.Namespace),
		})
	}
}

// placed gives a finding the line of the last file that sets the values path, the service's own before the platform's.
func (s *service) placed(release Release, f Finding, path []string) Finding {
	if len(path) == 0 || f.File != "" {
		return f
	}
	if overridden(release, path) {
		f.Message += " (it comes from --set)"
		return s.inOwn(release, f)
	}
	best := 0
	for _, layer := range slices.Backward(release.Layers) {
		at, known := s.files[layer.Path].Position(path)
		if known > best {
			best, f.File, f.Line = known, layer.Path, at.Line
		}
	}
	if best > 0 {
		return f
	}
	// Nothing of it is written: it is missing in the service's own files.
	return s.inOwn(release, f)
}

// inOwn places a finding in the first of the service's own files.
func (s *service) inOwn(release Release, f Finding) Finding {
	for _, layer := range release.Layers {
		if layer.Own {
			f.File = layer.Path
			break
		}
	}
	return f
}

// overridden says whether --set gives what is at a path, whatever the files say.
func overridden(release Release, path []string) bool {
	set, err := render.MergeRead(nil, release.Set, release.SetString)
	if err != nil {
		return false
	}
	var at any = set
	for _, key := range path {
		table, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if at, ok = table[key]; !ok {
			return false
		}
	}
	_, isTable := at.(map[string]any)
	return !isTable
}

// splitPath is the way back from a path as people write it.
func splitPath(text string) []string {
	if text == "" {
		return nil
	}
	var path []string
	for text != "" {
		if rest, ok := strings.CutPrefix(text, "["); ok {
			key, after, _ := strings.Cut(rest, "]")
			path = append(path, strings.Trim(key, `"`))
			text = strings.TrimPrefix(after, ".")
			continue
		}
		end := strings.IndexAny(text, ".[")
		if end < 0 {
			return append(path, text)
		}
		path = append(path, text[:end])
		text = strings.TrimPrefix(text[end:], ".")
	}
	return path
}
