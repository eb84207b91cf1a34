package kubernetes

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersions(t *testing.T) {
	require.Equal(t, []Version{"1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"}, Versions())
}

func TestCapabilities(t *testing.T) {
	for _, version := range Versions() {
		capabilities, err := version.Capabilities()
		require.NoError(t, err)
		require.Contains(t, capabilities.KubeVersion, "v"+string(version)+".")
		require.Subset(t, capabilities.APIVersions, []string{"v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "apps/v1/Scale", "policy/v1/PodDisruptionBudget"})
		require.NotContains(t, capabilities.APIVersions, "policy/v1beta1")
		require.NotContains(t, capabilities.APIVersions, "resource.k8s.io/v1beta1", "is off by default")
		require.Equal(t, version <= "1.31", slices.Contains(capabilities.APIVersions, "flowcontrol.apiserver.k8s.io/v1beta3/FlowSchema"), version)
		require.Equal(t, version >= "1.33", slices.Contains(capabilities.APIVersions, "networking.k8s.io/v1/IPAddress"), version)
		require.Equal(t, version >= "1.34", slices.Contains(capabilities.APIVersions, "resource.k8s.io/v1"), version)
	}
}

func TestConcurrency(t *testing.T) {
	var documents []*Document
	for _, kind := range kinds {
		documents = append(documents, Parse([]byte(kind.good)))
	}
	var group sync.WaitGroup
	for _, version := range Versions() {
		group.Go(func() {
			for _, document := range documents {
				problems, err := version.Create(document, "the-project")
				if err != nil || len(problems) > 0 {
					t.Errorf("%s: %v %v", version, problems, err)
				}
				if _, err := version.PodSecurity(document, "restricted"); err != nil {
					t.Error(err)
				}
				if problems, err := version.Update(document, document, "the-project"); err != nil || len(problems) > 0 {
					t.Errorf("%s: %v %v", version, problems, err)
				}
			}
		})
	}
	group.Wait()
}
