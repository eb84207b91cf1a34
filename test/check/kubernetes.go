package check

import (
	"cmp"
	"slices"

	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
)

var kubernetesServed = Rule{
	ID: "kubernetes-served", Severity: Error, Link: docs,
	Sentence: "A version of Kubernetes does not serve the object's kind.",
	Remedy:   "Use the apiVersion that all clusters serve; a template may ask .Capabilities.APIVersions.",
}

var kubernetesFields = Rule{
	ID: "kubernetes-fields", Severity: Error, Link: docs,
	Sentence: "The object has a field that a version of Kubernetes does not know, or a field twice, or a value of another type.",
	Remedy:   "Correct the field.",
}

var kubernetesRules = Rule{
	ID: "kubernetes-rules", Severity: Error, Link: docs,
	Sentence: "The API server would refuse the object: its own validation says so.",
	Remedy:   "Correct the value that the field comes from.",
}

var podSecurity = Rule{
	ID: "pod-security", Severity: Error, Link: docs,
	Sentence: "The namespace's level of Pod Security would refuse the pods.",
	Remedy:   "Leave the chart's security contexts as they are, or have the namespace enforce another level (--pod-security).",
}

var kubernetesApply = Rule{
	ID: "kubernetes-apply", Severity: Error, Link: docs,
	Sentence: "A list has two entries of one key, such as a variable twice: Helm 4, which applies on the server, is refused; Helm 3 loses one of them in an upgrade.",
	Remedy:   "Remove one of the two.",
}

var kubernetesWarning = Rule{
	ID: "kubernetes-warning", Severity: Warning, Link: docs,
	Sentence: "The API server takes the object and warns of it, as kubectl and Helm print it: a field that does nothing, a value that is never meant, a kind that is going.",
	Remedy:   "Do what the warning says.",
}

var kubernetesUndecided = Rule{
	ID: "kubernetes-undecided", Severity: Warning, Link: docs,
	Sentence: "It cannot be said whether an API server would take the object, such as one of a custom kind without a known definition.",
	Remedy:   "Check it in a cluster, and switch the rule off for this object with the reason.",
}

// rulesOf are the rules for what each part of the API server says.
var rulesOf = map[kubernetes.Source]Rule{
	kubernetes.Served:      kubernetesServed,
	kubernetes.Fields:      kubernetesFields,
	kubernetes.Rules:       kubernetesRules,
	kubernetes.PodSecurity: podSecurity,
	kubernetes.Applied:     kubernetesApply,
	kubernetes.Warned:      kubernetesWarning,
	kubernetes.Undecided:   kubernetesUndecided,
}

// documents are those of one service, by their text: each is read once, whatever is asked about it.
type documents map[string]*kubernetes.Document

func (d documents) get(text string) *kubernetes.Document {
	document, ok := d[text]
	if !ok {
		document = kubernetes.Parse([]byte(text))
		d[text] = document
	}
	return document
}

// ask returns what the API server has against a document, Pod Security among it.
func (s *service) ask(release Release, d render.Document, versions []string) ([]Finding, error) {
	document := s.documents.get(d.Text)
	var findings []Finding
	for _, name := range versions {
		version := kubernetes.Version(name)
		problems, err := version.Create(document, cmp.Or(release.Namespace, "default"))
		if err != nil {
			return nil, err
		}
		if level := s.settings.PodSecurity; level != "" && level != "privileged" {
			more, err := version.PodSecurity(document, level)
			if err != nil {
				return nil, err
			}
			problems = slices.Concat(problems, more)
		}
		warned, err := version.Warnings(document, cmp.Or(release.Namespace, "default"))
		if err != nil {
			return nil, err
		}
		for _, problem := range slices.Concat(problems, document.Apply(), warned) {
			if problem.Source == kubernetes.Applied {
				problem.Message = "helm 4: " + problem.Message
			}
			f := rulesOf[problem.Source].finding(oneLine(problem.Message), "")
			f.Object, f.Field, f.Template, f.Versions = d.String(), problem.Path, d.Template, []string{name}
			findings = append(findings, f)
		}
	}
	return findings, nil
}
