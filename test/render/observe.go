package render

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apischema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// Template is a template of a chart, or of a chart in its folder charts/.
type Template struct {
	File  string // path from the chart's folder, such as charts/redis/templates/service.yaml
	Chart string // folder of the chart that it belongs to, such as charts/redis; empty for the chart itself
	Name  string // Helm's, such as shop/charts/redis/templates/service.yaml, before any alias
	Text  string
}

// Templates are those that Helm may parse, sorted by file: of a library chart, only those whose name begins with _.
func (c *Chart) Templates() []Template {
	var all []Template
	walk(c.chart, "", func(part *chart.Chart, folder string) {
		for _, file := range part.Templates {
			if strings.EqualFold(part.Metadata.Type, "library") && !strings.HasPrefix(path.Base(file.Name), "_") {
				continue
			}
			all = append(all, Template{
				File: path.Join(folder, file.Name), Chart: folder, Name: path.Join(part.ChartFullPath(), file.Name), Text: string(file.Data),
			})
		}
	})
	slices.SortFunc(all, func(a, b Template) int { return cmp.Compare(a.File, b.File) })
	return all
}

// walk visits a chart and those in its folder charts/, each with its folder. Helm forgets the folders: they are found
// again by the files that were read.
func walk(c *chart.Chart, folder string, visit func(part *chart.Chart, folder string)) {
	visit(c, folder)
	taken := map[string]bool{}
	for _, part := range c.Dependencies() {
		below := folderOf(c, part, taken)
		taken[below] = true
		walk(part, path.Join(folder, below), visit)
	}
}

func folderOf(c, part *chart.Chart, taken map[string]bool) string {
	metadata := raw(part, "Chart.yaml")
	for _, file := range c.Raw {
		folder, name := path.Split(file.Name)
		folder = path.Clean(folder)
		if name == "Chart.yaml" && path.Dir(folder) == "charts" && !taken[folder] && bytes.Equal(file.Data, metadata) {
			return folder
		}
	}
	archive := fmt.Sprintf("charts/%s-%s.tgz", part.Name(), part.Metadata.Version)
	if raw(c, archive) != nil {
		return archive
	}
	return "charts/" + part.Name()
}

func raw(c *chart.Chart, name string) []byte {
	for _, file := range c.Raw {
		if file.Name == name {
			return file.Data
		}
	}
	return nil
}

// ProbeVersion is the apiVersion of the lookups that are probes: a template that calls `lookup ProbeVersion NAME "" "x"`
// says that it got there. In a render that is not observed such a lookup finds nothing, as all do.
const ProbeVersion = "cover.slipway/v1"

// Probes are templates that say what is reached in them.
type Probes struct {
	Texts   map[string]string // by Template.File; they must write what the chart's own write
	Reached func(probe string)
}

// Observation is what came of the render with probes.
type Observation struct {
	Ran    bool     // templates ran: the values are those that the schema wants, and the version is
	Loaded []string // Template.File of what was loaded: charts that a condition switches off are not
	Err    error    // why nothing that was reached counts: the probes have changed the outcome
}

// Observe is RenderFor, and then renders once more with probes. Manifests and error are those of the plain render; the
// other one's outcome is compared with it, to the byte, and then forgotten.
func Observe(ctx context.Context, c *Chart, release Release, values map[string]any, wanted Capabilities, probes Probes) (Manifests, Observation, error) {
	manifests, observation, err := observe(ctx, c, release, values, wanted, probes)
	if err != nil {
		return Manifests{}, observation, fmt.Errorf("release %s: %w", release.Name, err)
	}
	return manifests, observation, nil
}

func observe(ctx context.Context, c *Chart, release Release, values map[string]any, wanted Capabilities, probes Probes) (Manifests, Observation, error) {
	if err := ctx.Err(); err != nil {
		return Manifests{}, Observation{}, err
	}
	prepared, err := Prepare(c, release, values)
	if err != nil {
		return Manifests{}, Observation{}, err
	}
	capabilities, err := wanted.helms()
	if err != nil {
		return Manifests{}, Observation{}, err
	}
	if err := prepared.schemaError(); err != nil {
		return Manifests{}, Observation{}, err
	}
	plain, plainErr := prepared.files(capabilities, nil)
	if _, other := errors.AsType[*VersionError](plainErr); other {
		return Manifests{}, Observation{}, plainErr
	}
	observation := Observation{Ran: true}
	observation.Loaded, observation.Err = c.probed(release, values, capabilities, probes, plain, plainErr)
	if plainErr != nil {
		return Manifests{}, observation, plainErr
	}
	manifests, err := assemble(prepared.chart, plain)
	return manifests, observation, err
}

// files executes the templates; provider answers their lookups, if there is one.
func (p *Prepared) files(capabilities *chartutil.Capabilities, provider *listener) (map[string]string, error) {
	values, err := p.Values()
	if err != nil {
		return nil, err
	}
	p.coalesced = nil
	return executeFiles(p.chart, p.release, values, capabilities.KubeVersion.String(), capabilities, provider)
}

// probed renders with probes and says why that does not count, if it does not.
func (c *Chart) probed(release Release, values map[string]any, capabilities *chartutil.Capabilities, probes Probes, plain map[string]string, plainErr error) ([]string, error) {
	helmChart, files, err := c.withTexts(probes.Texts)
	if err != nil {
		return nil, err
	}
	prepared, err := prepare(helmChart, c.schemas, release, values)
	if err != nil {
		return nil, err
	}
	loaded := loadedOf(prepared.chart, files)
	got, gotErr := prepared.files(capabilities, &listener{reached: probes.Reached})
	if (plainErr == nil) != (gotErr == nil) {
		return loaded, fmt.Errorf("with probes it ends otherwise: %v instead of %v", gotErr, plainErr)
	}
	if plainErr != nil {
		return loaded, sameTemplateError(plainErr, gotErr)
	}
	name, ok := firstDifference(plain, got)
	if ok {
		return loaded, nil
	}
	// What draws passwords or asks the time differs between plain renders, too: there the same may differ.
	second, err := Prepare(c, release, values)
	if err != nil {
		return loaded, err
	}
	again, err := second.files(capabilities, nil)
	if err != nil || !sameButRandom(plain, again, got) {
		return loaded, fmt.Errorf("with probes %s is written otherwise", name)
	}
	return loaded, nil
}

// withTexts returns a copy of the chart with other texts, and which file each of its templates is.
func (c *Chart) withTexts(texts map[string]string) (*chart.Chart, map[*chart.File]string, error) {
	copied := *c.chart
	whole := &copied
	if len(c.chart.Dependencies()) > 0 || len(c.chart.Metadata.Dependencies) > 0 {
		var files []*loader.BufferedFile
		for _, file := range c.chart.Raw {
			files = append(files, &loader.BufferedFile{Name: file.Name, Data: file.Data})
		}
		var err error
		if whole, err = loader.LoadFiles(files); err != nil {
			return nil, nil, err
		}
	}
	names := map[*chart.File]string{}
	walk(whole, "", func(part *chart.Chart, folder string) {
		var templates []*chart.File
		for _, file := range part.Templates {
			name := path.Join(folder, file.Name)
			changed := &chart.File{Name: file.Name, Data: file.Data}
			if text, ok := texts[name]; ok {
				changed.Data = []byte(text)
			}
			names[changed] = name
			templates = append(templates, changed)
		}
		part.Templates = templates
	})
	return whole, names, nil
}

// loadedOf returns the files of a chart whose dependencies are processed. (Under an alias, a chart keeps its templates.)
func loadedOf(c *chart.Chart, names map[*chart.File]string) (loaded []string) {
	for _, file := range c.Templates {
		loaded = append(loaded, names[file])
	}
	for _, part := range c.Dependencies() {
		loaded = append(loaded, loadedOf(part, names)...)
	}
	return loaded
}

// sameTemplateError compares what two renders say. Probes move columns, and what Helm cites of the template.
func sameTemplateError(plain, got error) error {
	a, aOK := errors.AsType[*TemplateError](plain)
	b, bOK := errors.AsType[*TemplateError](got)
	if aOK && bOK && a.Template == b.Template && a.Line == b.Line && a.Said == b.Said {
		return nil
	}
	return fmt.Errorf("with probes it fails otherwise: %w", got)
}

func firstDifference(plain, got map[string]string) (name string, same bool) {
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		if text, ok := got[name]; !ok || text != plain[name] {
			return name, false
		}
	}
	return "", len(plain) == len(got)
}

// sameButRandom says whether got differs from plain only in lines in which again does.
func sameButRandom(plain, again, got map[string]string) bool {
	for name, text := range plain {
		a, b, c := strings.Split(text, "\n"), strings.Split(again[name], "\n"), strings.Split(got[name], "\n")
		if len(a) != len(b) || len(a) != len(c) {
			return false
		}
		for i := range a {
			if a[i] != c[i] && a[i] == b[i] {
				return false
			}
		}
	}
	return len(plain) == len(got)
}

// listener hears probes, and finds nothing, as a render without a cluster does.
type listener struct{ reached func(probe string) }

// GetClientFor is Helm's question for what answers a lookup.
func (l *listener) GetClientFor(apiVersion, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	if apiVersion == ProbeVersion {
		l.reached(kind)
	}
	return nothing{}, false, nil
}

type nothing struct {
	dynamic.NamespaceableResourceInterface
}

var errNothing = apierrors.NewNotFound(apischema.GroupResource{}, "")

// Get finds nothing.
func (nothing) Get(context.Context, string, metav1.GetOptions, ...string) (*unstructured.Unstructured, error) {
	return nil, errNothing
}

// List finds nothing.
func (nothing) List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	return nil, errNothing
}
