package render

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/kube/fake"
	helmrelease "helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage"
	"helm.sh/helm/v3/pkg/storage/driver"
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
	if err := ctx.Err(); err != nil {
		return Manifests{}, fmt.Errorf("release %s: %w", release.Name, err)
	}
	rendered, err := template(ctx, chart, release, values)
	if err != nil {
		return Manifests{}, fmt.Errorf("release %s: %w", release.Name, err)
	}
	manifests, err := parse(rendered)
	if err != nil {
		return Manifests{}, fmt.Errorf("release %s: %w", release.Name, err)
	}
	return manifests, nil
}

// template runs Helm's install action with the settings of `helm template`.
func template(ctx context.Context, chart *Chart, release Release, values map[string]any) (*helmrelease.Release, error) {
	kubeVersion, err := chartutil.ParseKubeVersion(cmp.Or(release.KubeVersion, DefaultKubeVersion))
	if err != nil {
		return nil, fmt.Errorf("invalid Kubernetes version %q: %w", release.KubeVersion, err)
	}
	helmChart, err := chart.forRender()
	if err != nil {
		return nil, err
	}
	install := action.NewInstall(&action.Configuration{
		Releases:   storage.Init(driver.NewMemory()),
		KubeClient: &fake.PrintingKubeClient{Out: io.Discard},
		Log:        func(string, ...any) {},
	})
	install.ClientOnly = true
	install.DryRun = true
	install.DryRunOption = "client"
	install.ReleaseName = release.Name
	install.Namespace = cmp.Or(release.Namespace, "default")
	install.KubeVersion = kubeVersion
	install.SkipSchemaValidation = chart.admits(values)
	return install.RunWithContext(ctx, helmChart, values)
}

// text is what `helm template` prints for a rendered release.
func text(rendered *helmrelease.Release) string {
	var out strings.Builder
	fmt.Fprintln(&out, strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		fmt.Fprintf(&out, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return out.String()
}
