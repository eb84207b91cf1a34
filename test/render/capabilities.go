package render

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"helm.sh/helm/v3/pkg/chartutil"
)

// Capabilities is what templates may ask about a cluster, as `.Capabilities`.
type Capabilities struct {
	KubeVersion string   // full version, such as "v1.30.14"
	APIVersions []string // what is served: versions such as "apps/v1", and kinds such as "apps/v1/Deployment"
}

func (c Capabilities) helms() (*chartutil.Capabilities, error) {
	kubeVersion, err := chartutil.ParseKubeVersion(c.KubeVersion)
	if err != nil {
		return nil, fmt.Errorf("invalid Kubernetes version %q: %w", c.KubeVersion, err)
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *kubeVersion
	if c.APIVersions != nil {
		capabilities.APIVersions = c.APIVersions
	}
	return capabilities, nil
}

// watched stands in for `.Capabilities` in a render that may serve every version of Kubernetes, and notes whether
// anything of it was read: by a template's `.Capabilities.X`, or by what prints the whole of it. What was rendered counts
// only if nothing was. A copy that a template made (deepCopy) has lost its note, so that reading it ends the render.
type watched struct {
	read         *atomic.Bool
	capabilities *chartutil.Capabilities
}

func watch(capabilities *chartutil.Capabilities) *watched {
	return &watched{read: &atomic.Bool{}, capabilities: capabilities}
}

// KubeVersion is what templates call; it is a field of what this stands in for.
func (w *watched) KubeVersion() *chartutil.KubeVersion {
	w.read.Store(true)
	return &w.capabilities.KubeVersion
}

// APIVersions is what templates call.
func (w *watched) APIVersions() chartutil.VersionSet {
	w.read.Store(true)
	return w.capabilities.APIVersions
}

// HelmVersion is what templates call. It is the same for all versions of Kubernetes.
func (w *watched) HelmVersion() any { return w.capabilities.HelmVersion }

// MarshalJSON is for toJson and toYaml.
func (w *watched) MarshalJSON() ([]byte, error) {
	w.read.Store(true)
	return json.Marshal(w.capabilities)
}

// MarshalText is for toToml.
func (w *watched) MarshalText() ([]byte, error) {
	w.read.Store(true)
	return []byte{}, nil
}

// Format is for printf and print.
func (w *watched) Format(state fmt.State, _ rune) {
	w.read.Store(true)
	fmt.Fprint(state, "capabilities")
}
