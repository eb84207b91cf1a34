package check

import "slices"

// Layer is one values file of a release.
type Layer struct {
	Path string `json:"path"`
	Own  bool   `json:"own"` // the service's own, not the platform's
}

// Release is one service in one environment.
type Release struct {
	Service     string   `json:"service"`
	Environment string   `json:"environment"`
	Name        string   `json:"name"` // of the Helm release
	Namespace   string   `json:"namespace"`
	Chart       string   `json:"chart"` // folder or archive
	Layers      []Layer  `json:"layers"`
	Set         []string `json:"set,omitempty"`       // as Helm's --set
	SetString   []string `json:"setString,omitempty"` // as Helm's --set-string
	Tag         string   `json:"tag,omitempty"`       // image.tag where no layer gives one, the chart has the key, and gives none itself
	TagAsked    bool     `json:"tagAsked,omitempty"`  // Tag stands in for what the chart gives itself, too
}

// Settings hold for a whole run.
type Settings struct {
	Versions    []string `json:"versions"`    // of Kubernetes, such as "1.30", oldest first
	Production  []string `json:"production"`  // environments with the rules of production
	PodSecurity string   `json:"podSecurity"` // level that namespaces enforce; empty or "privileged" for none
	Ablation    bool     `json:"ablation"`    // look for values that change nothing, which renders anew for each
	// References are a few releases of each chart that many services have. What is wrong with all of them whatever their values
	// comes from the chart, and is not looked for in the values of each of the others.
	References []Release `json:"references,omitempty"`
}

func (s Settings) isProduction(environment string) bool {
	return slices.Contains(s.Production, environment)
}

// Object is the name of an object that a release makes, for what only shows over a whole fleet.
type Object struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
	Namespace   string `json:"namespace"`        // empty for what is in none
	Name        string `json:"name"`             // such as apps/Deployment/orders
	Shared      bool   `json:"shared,omitempty"` // may be made by several releases: Helm keeps it
	Hook        bool   `json:"hook,omitempty"`   // Helm deletes what has its name
}

// Result is what came of one service.
type Result struct {
	Findings []Finding        `json:"findings"`
	Objects  []Object         `json:"objects"`
	Claims   []Claim          `json:"claims,omitempty"`
	Renders  int              `json:"renders"`
	Spent    map[string]int64 `json:"spent"` // nanoseconds by step
}

// Add adds what came of another part of the service.
func (r *Result) Add(other Result) {
	r.Findings = append(r.Findings, other.Findings...)
	r.Objects = append(r.Objects, other.Objects...)
	r.Claims = append(r.Claims, other.Claims...)
	r.Renders += other.Renders
}
