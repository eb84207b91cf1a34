package check

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
)

var valuesMistake = Rule{
	ID: "values-mistake", Severity: Error, Link: docs,
	Sentence: "The chart itself refuses the values: its templates say so with fail or required.",
	Remedy:   "Do what the chart says.",
}

var templateError = Rule{
	ID: "template-error", Severity: Error, Link: docs,
	Sentence: "A template of the chart breaks on these values.",
	Remedy:   "Mend the template, or give the value that it needs; `helm template` fails in the same place.",
}

var manifestError = Rule{
	ID: "manifest-error", Severity: Error, Link: docs,
	Sentence: "What a template wrote is no YAML, or no Kubernetes object.",
	Remedy:   "Look at what it writes with `slipway render`; often a value breaks the indentation or needs quotes.",
}

var kubeVersion = Rule{
	ID: "chart-kube-version", Severity: Error, Link: docs,
	Sentence: "The chart's kubeVersion leaves out a version of Kubernetes that is checked.",
	Remedy:   "Widen kubeVersion in Chart.yaml, or choose versions with --kubernetes.",
}

var unusableChart = Rule{
	ID: "chart-unusable", Severity: Error, Link: docs,
	Sentence: "The chart cannot be loaded, a dependency is missing, or its schema cannot be used.",
	Remedy:   "Mend the chart; `helm lint` and `helm dependency build` help.",
}

// pathInFront is the values path that a chart's own message begins with, as those of charts/microservice do.
var pathInFront = regexp.MustCompile(`^([A-Za-z_][\w-]*(?:\.[\w./-]+|\[[^\]]*\])*): (.+)$`)

// renderFailures turns an error of a render into findings. Where the schema has refused values already, a template that
// breaks only says so again.
func renderFailures(err error, schemaRefused bool) []Finding {
	var template *render.TemplateError
	var manifest *render.ManifestError
	var version *render.VersionError
	switch {
	case errors.As(err, &template) && template.Said != "":
		return mistakes(template)
	case errors.As(err, &template):
		if schemaRefused {
			return nil
		}
		f := templateError.finding(oneLine(template.Reason()), "")
		f.Template = at(template)
		return []Finding{f}
	case errors.As(err, &manifest):
		if schemaRefused {
			return nil
		}
		f := manifestError.finding(oneLine(manifest.Error()), "")
		f.Template = manifest.Template
		return []Finding{f}
	case errors.As(err, &version):
		return []Finding{kubeVersion.finding(fmt.Sprintf("the chart wants Kubernetes %s", version.Wanted), "")}
	default:
		return []Finding{unusableChart.finding(oneLine(err.Error()), "")}
	}
}

func at(e *render.TemplateError) string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d", e.Template, e.Line)
	}
	return e.Template
}

// mistakes returns a finding for each line of a list, or one for all that a template said.
func mistakes(e *render.TemplateError) []Finding {
	var findings []Finding
	text := strings.TrimSpace(e.Said)
	lines := []string{strings.Join(strings.Fields(text), " ")}
	if items := strings.Split("\n"+text, "\n- "); len(items) > 1 && items[0] == "" {
		lines = items[1:]
	}
	for _, line := range lines {
		line = strings.TrimSpace(line)
		f := valuesMistake.finding(line, "")
		if match := pathInFront.FindStringSubmatch(line); match != nil {
			f.Values, f.Message = match[1], match[2]
			if message, remedy, ok := strings.Cut(f.Message, "; "); ok {
				f.Message, f.Remedy = message, remedy
			}
		}
		f.Template = at(e)
		findings = append(findings, f)
	}
	return findings
}

func oneLine(text string) string {
	const most = 600
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

var releaseName = Rule{
	ID: "release-name", Severity: Error, Link: docs,
	Sentence: "Helm takes no such name for a release: it has other letters than those of a DNS name, or more than 53.",
	Remedy:   "Give the release another name (--name), or the service's folder one in lower-case letters, digits and hyphens.",
}

// unprepared is the finding for a release that comes to no render.
func unprepared(err error) Finding {
	if name, ok := errors.AsType[*render.NameError](err); ok {
		return releaseName.finding(fmt.Sprintf("the release is called %q, which Helm refuses: it takes at most 53 characters, lower-case letters, digits, hyphens and dots", name.Name), "")
	}
	return unusableChart.finding(oneLine(err.Error()), "")
}

var unknownHook = Rule{
	ID: "helm-hook", Severity: Error, Link: docs,
	Sentence: "The annotation helm.sh/hook names no hook: Helm leaves the object out, and says nothing.",
	Remedy:   "Write one of Helm's hooks: " + strings.Join(render.Hooks(), ", ") + ".",
}

func droppedHooks(manifests render.Manifests) (findings []Finding) {
	for _, d := range manifests.Dropped {
		remedy := ""
		if near := nearest(d.Hook, render.Hooks()); near != "" {
			remedy = "did you mean " + near + "?"
		}
		f := unknownHook.finding(fmt.Sprintf("helm.sh/hook: %q is no hook, so that Helm leaves the object out", d.Hook), remedy)
		f.Object, f.Field, f.Template = d.Object, "metadata.annotations", d.Template
		findings = append(findings, f)
	}
	return findings
}

var largeRecord = Rule{
	ID: "helm-record-size", Severity: Error, Link: docs,
	Sentence: "Helm's record of the release, with chart, values and manifests, is larger than the Secret that it keeps it in.",
	Remedy:   "Take what is large out of the values and the chart's files: into the image, or a volume.",
}

func recordSize(prepared *render.Prepared, manifests render.Manifests) []Finding {
	size, err := prepared.RecordSize(manifests)
	if err != nil || size <= render.RecordLimit {
		return nil
	}
	return []Finding{largeRecord.finding(fmt.Sprintf("Helm's record of the release takes %d KiB, of which a Secret holds %d", (size+1023)>>10, render.RecordLimit>>10), "")}
}

var templateLimits = Rule{
	ID: "template-limits", Severity: Error, Link: docs,
	Sentence: "A release is not done within the limits of time and memory: a template that does not end, or that makes far too much.",
	Remedy:   "Look for a loop over a large number in the values or the template; --timeout and --memory move the limits.",
}

// Exceeded is the finding for a release that was given up.
func Exceeded(release Release, reason string) Finding {
	f := templateLimits.finding(reason, "")
	f.Service = release.Service
	if release.Environment != "" {
		f.Environments = []string{release.Environment}
	}
	return f
}
