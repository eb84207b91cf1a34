package render

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
)

// execute renders a chart whose dependencies are processed, as `helm template` does: what Helm's install action does with
// the flags of that command, step by step. capabilities is *chartutil.Capabilities, or what stands in for it.
func execute(c *chart.Chart, release Release, coalesced chartutil.Values, kubeVersion string, capabilities any) (Manifests, error) {
	files, err := executeFiles(c, release, coalesced, kubeVersion, capabilities, nil)
	if err != nil {
		return Manifests{}, err
	}
	return assemble(c, files)
}

// executeFiles returns what each template wrote, by Helm's name of it. listener hears what they look up, if there is one.
func executeFiles(c *chart.Chart, release Release, coalesced chartutil.Values, kubeVersion string, capabilities any, listener *listener) (map[string]string, error) {
	if wanted := c.Metadata.KubeVersion; wanted != "" && !chartutil.IsCompatibleRange(wanted, kubeVersion) {
		return nil, &VersionError{Wanted: wanted, Version: kubeVersion}
	}
	values := chartutil.Values{
		"Chart":        c.Metadata,
		"Capabilities": capabilities,
		"Release": map[string]any{
			"Name": release.Name, "Namespace": release.Namespace, "Service": "Helm",
			"IsUpgrade": false, "IsInstall": true, "Revision": 1,
		},
		"Values": coalesced,
	}
	var files map[string]string
	var err error
	if listener == nil {
		files, err = engine.Render(c, values)
	} else {
		files, err = engine.RenderWithClientProvider(c, values, listener)
	}
	if err != nil {
		return nil, templateError(err)
	}
	return files, nil
}

// assemble makes manifests of what templates wrote; files is used up.
func assemble(c *chart.Chart, files map[string]string) (Manifests, error) {
	const notes = "NOTES.txt"
	var manifests Manifests
	for name, content := range files {
		if strings.HasSuffix(name, notes) {
			if name == path.Join(c.Name(), "templates", notes) {
				manifests.Notes = content
			}
			delete(files, name)
		}
	}
	hooks, objects, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return Manifests{}, &ManifestError{Template: afterOn(err.Error()), reason: err}
	}
	manifests.Dropped = dropped(files)
	var text strings.Builder
	if len(objects) == 0 {
		text.WriteString("\n")
	}
	for _, object := range objects {
		if err := manifests.add(&text, object.Name, object.Content); err != nil {
			return Manifests{}, err
		}
	}
	for _, hook := range hooks {
		if err := manifests.add(&text, hook.Path, hook.Manifest); err != nil {
			return Manifests{}, err
		}
	}
	manifests.Text = text.String()
	return manifests, nil
}

// VersionError says that a chart does not want a version of Kubernetes.
type VersionError struct {
	Wanted  string // range that the chart gives as kubeVersion
	Version string // full version
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", e.Wanted, e.Version)
}

// ManifestError says that what templates wrote is not what Kubernetes takes: no YAML, or no object.
type ManifestError struct {
	Template string // such as microservice/templates/service.yaml; empty if unknown
	reason   error
}

func (e *ManifestError) Error() string { return e.reason.Error() }

// TemplateError says that a template could not be rendered.
type TemplateError struct {
	Template string // such as microservice/templates/service.yaml; empty if Helm's words do not say
	Line     int    // in it, from 1; 0 if unknown
	Said     string // what the template itself said, with fail or required; else empty
	words    string // Helm's
}

func (e *TemplateError) Error() string { return e.words }

// afterOn returns the template that Helm names: "YAML parse error on TEMPLATE: …".
func afterOn(words string) string {
	_, rest, _ := strings.Cut(words, " on ")
	template, _, _ := strings.Cut(rest, ":")
	return template
}

// Reason is the innermost of the errors, each of which Helm's words put around the next: where a template includes others,
// the one that broke.
func (e *TemplateError) Reason() string {
	const nested = "error calling include: "
	if at := strings.LastIndex(e.words, nested); at >= 0 {
		return e.words[at+len(nested):]
	}
	return e.words
}

var (
	said      = regexp.MustCompile(`(?s)^execution error at \(([^:)]+):(\d+)(?::\d+)?\): (.*)$`)
	located   = regexp.MustCompile(`^(?:template: |parse error at \()([^:)]+):(\d+)`)
	mentioned = regexp.MustCompile(`template: ([^: ]+):(\d+)`)
)

func templateError(err error) error {
	explained := &TemplateError{words: err.Error()}
	if match := said.FindStringSubmatch(explained.words); match != nil {
		explained.Template, explained.Said = match[1], match[3]
		explained.Line, _ = strconv.Atoi(match[2])
		return explained
	}
	for _, form := range []*regexp.Regexp{located, mentioned} {
		if match := form.FindStringSubmatch(explained.words); match != nil {
			explained.Template = match[1]
			explained.Line, _ = strconv.Atoi(match[2])
			break
		}
	}
	return explained
}
