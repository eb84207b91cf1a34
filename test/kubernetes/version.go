package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
	"gitlab.example.com/platform/slipway/test/module"
)

// Version is a minor version of Kubernetes, such as "1.30".
type Version string

// Versions returns the versions that are known, oldest first.
func Versions() []Version {
	var versions []Version
	for _, release := range catalogue.Releases {
		versions = append(versions, versionOf(release))
	}
	return versions
}

func versionOf(release module.Release) Version {
	major, rest, _ := strings.Cut(strings.TrimPrefix(release.Version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	return Version(major + "." + minor)
}

// index returns the place of the version among Versions. The error lists those there are.
func (v Version) index() (int, error) {
	index := slices.Index(Versions(), v)
	if index < 0 {
		return 0, fmt.Errorf("version %q of Kubernetes is not known; known are %q", v, Versions())
	}
	return index, nil
}

// Capabilities is what Helm's .Capabilities holds of a cluster.
type Capabilities struct {
	// KubeVersion is the full version, such as v1.30.14.
	KubeVersion string
	// APIVersions has each group's version and each kind that is served, such as "apps/v1" and "apps/v1/Deployment", sorted
	// as Helm sorts them. Custom kinds are not among them.
	APIVersions []string
}

// Capabilities returns those of a cluster of this version with the default settings of its API server.
func (v Version) Capabilities() (Capabilities, error) {
	index, err := v.index()
	if err != nil {
		return Capabilities{}, err
	}
	all, err := catalogue.Load()
	if err != nil {
		return Capabilities{}, err
	}
	return Capabilities{KubeVersion: catalogue.Releases[index].Version, APIVersions: all.APIVersions(index)}, nil
}
