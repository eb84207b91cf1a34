package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"k8s.io/component-base/version"
)

// DefaultKubeVersion is what a release is rendered for when it names no Kubernetes version: the one this module is
// built with. (Helm's own default is stamped into its binary when it is released, and is 1.20 in all others.)
const DefaultKubeVersion = "v" + version.DefaultKubeBinaryVersion + ".0"

// Release is what Helm knows about a release besides chart and values.
type Release struct {
	Name        string
	Namespace   string // --namespace; "default" if empty
	KubeVersion string // --kube-version, such as "1.30" or "v1.30.4"; DefaultKubeVersion if empty
}

// Render returns the manifests of a release, as `helm template NAME CHART` prints them: values coalesced with the
// chart's defaults and validated against its schema, templates executed, documents in the order of installation, hooks
// last. There is no cluster: `lookup` finds nothing. Neither chart nor values are changed.
//
// An error names the release and keeps Helm's own words: all schema errors in one list, else what a template said.
func Render(ctx context.Context, chart *Chart, release Release, values map[string]any) (Manifests, error) {
	return RenderFor(ctx, chart, release, values, Capabilities{KubeVersion: cmp.Or(release.KubeVersion, DefaultKubeVersion)})
}

// RenderFor is Render with the capabilities of a cluster, instead of a version and the list that Helm is built with.
func RenderFor(ctx context.Context, chart *Chart, release Release, values map[string]any, capabilities Capabilities) (Manifests, error) {
	if err := ctx.Err(); err != nil {
		return Manifests{}, fmt.Errorf("release %s: %w", release.Name, err)
	}
	manifests, err := renderOnce(chart, release, values, capabilities)
	if err != nil {
		return Manifests{}, fmt.Errorf("release %s: %w", release.Name, err)
	}
	return manifests, nil
}

func renderOnce(chart *Chart, release Release, values map[string]any, wanted Capabilities) (Manifests, error) {
	prepared, err := Prepare(chart, release, values)
	if err != nil {
		return Manifests{}, err
	}
	capabilities, err := wanted.helms()
	if err != nil {
		return Manifests{}, err
	}
	if err := prepared.schemaError(); err != nil {
		return Manifests{}, err
	}
	return prepared.execute(capabilities.KubeVersion.String(), capabilities)
}

// NameError says that Helm takes no such name for a release.
type NameError struct {
	Name   string
	reason error
}

func (e *NameError) Error() string { return fmt.Sprintf("release name %q: %v", e.Name, e.reason) }

// Prepared is a release with all that comes before its templates are executed. It is for one goroutine.
type Prepared struct {
	chart     *chart.Chart
	schemas   *schemas
	packing   *packing
	release   Release
	values    map[string]any
	coalesced chartutil.Values // for the next render, which may write to it; nil once used
}

// Prepare processes the chart's dependencies and coalesces the values with its defaults.
func Prepare(chart *Chart, release Release, values map[string]any) (*Prepared, error) {
	helmChart, err := chart.forRender()
	if err != nil {
		return nil, err
	}
	prepared, err := prepare(helmChart, chart.schemas, release, values)
	if err != nil {
		return nil, err
	}
	prepared.packing = chart.packing
	return prepared, nil
}

// prepare may write to the chart.
func prepare(helmChart *chart.Chart, schemas *schemas, release Release, values map[string]any) (*Prepared, error) {
	if err := chartutil.ValidateReleaseName(release.Name); err != nil {
		return nil, &NameError{Name: release.Name, reason: err}
	}
	release.Namespace = cmp.Or(release.Namespace, "default")
	if err := chartutil.ProcessDependenciesWithMerge(helmChart, values); err != nil {
		return nil, err
	}
	coalesced, err := chartutil.CoalesceValues(helmChart, values)
	if err != nil {
		return nil, err
	}
	return &Prepared{chart: helmChart, schemas: schemas, release: release, values: values, coalesced: coalesced}, nil
}

// Values are those that templates see: the chart's defaults with the release's own over them. They are not to be changed.
func (p *Prepared) Values() (map[string]any, error) {
	if p.coalesced == nil {
		coalesced, err := chartutil.CoalesceValues(p.chart, p.values)
		if err != nil {
			return nil, err
		}
		p.coalesced = coalesced
	}
	return p.coalesced, nil
}

// execute renders with values of its own: templates may write to them.
func (p *Prepared) execute(kubeVersion string, capabilities any) (Manifests, error) {
	values, err := p.Values()
	if err != nil {
		return Manifests{}, err
	}
	p.coalesced = nil
	return execute(p.chart, p.release, values, kubeVersion, capabilities)
}

// Rendered is what came of a release for some versions of Kubernetes: manifests, or an error of type *TemplateError,
// *ManifestError or *VersionError.
type Rendered struct {
	Manifests Manifests
	Err       error
	For       []int // indices of the capabilities that it holds for
}

// Each renders the release for each of the capabilities; the values are not held against the schema. What does not
// depend on them is rendered once. It ends early with the context's error.
func (p *Prepared) Each(ctx context.Context, capabilities []Capabilities) ([]Rendered, error) {
	var results []Rendered
	var open []int // indices that are yet to be rendered
	var known []*chartutil.Capabilities
	for i, c := range capabilities {
		helms, err := c.helms()
		if err != nil {
			return nil, err
		}
		known = append(known, helms)
		if wanted := p.chart.Metadata.KubeVersion; wanted != "" && !chartutil.IsCompatibleRange(wanted, helms.KubeVersion.String()) {
			results = append(results, Rendered{Err: &VersionError{Wanted: wanted, Version: helms.KubeVersion.String()}, For: []int{i}})
			continue
		}
		open = append(open, i)
	}
	if len(open) == 0 {
		return results, nil
	}
	last := open[len(open)-1]
	if len(open) > 1 {
		standIn := watch(known[last])
		manifests, err := p.execute(known[last].KubeVersion.String(), standIn)
		if !standIn.read.Load() && !isTemplateError(err) {
			return append(results, Rendered{Manifests: manifests, Err: err, For: open}), nil
		}
	}
	for _, i := range open {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		manifests, err := p.execute(known[i].KubeVersion.String(), known[i])
		if same := sameAs(results, manifests, err); same != nil {
			same.For = append(same.For, i)
			continue
		}
		results = append(results, Rendered{Manifests: manifests, Err: err, For: []int{i}})
	}
	return results, nil
}

func isTemplateError(err error) bool {
	var template *TemplateError
	return errors.As(err, &template)
}

func sameAs(results []Rendered, manifests Manifests, err error) *Rendered {
	for i, r := range results {
		if (r.Err == nil) == (err == nil) && (err == nil && r.Manifests.Text == manifests.Text || err != nil && r.Err.Error() == err.Error()) {
			return &results[i]
		}
	}
	return nil
}
