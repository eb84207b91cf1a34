package check

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/customresources"
)

// Capabilities are what Helm would read of the server's API, but for the custom kinds.
func TestCapabilities(t *testing.T) {
	definitions, err := customresources.Definitions(t.Context())
	require.NoError(t, err)
	groups := map[string]bool{}
	for _, definition := range definitions {
		groups[definition.Spec.Group] = true
	}
	_, lists, err := api.discovery.ServerGroupsAndResources()
	require.NoError(t, err)
	var served []string
	for _, list := range lists {
		if group, _, _ := strings.Cut(list.GroupVersion, "/"); groups[group] {
			continue
		}
		served = append(served, list.GroupVersion)
		for _, kind := range list.APIResources {
			served = append(served, path.Join(list.GroupVersion, kind.Kind))
		}
	}
	slices.Sort(served)
	known, err := same.Capabilities()
	require.NoError(t, err)
	require.Equal(t, slices.Compact(served), known.APIVersions)
}
