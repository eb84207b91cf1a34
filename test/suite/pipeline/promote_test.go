//go:build e2e

package pipeline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// stg deploys by itself, prod when somebody starts it; with input promote prod runs the very image that stg runs.
func TestStgAndProd(t *testing.T) {
	t.Parallel()
	s := newService(t, "stg", "prod")
	stg, answer := s.deliver("stg", "stg")
	require.Equal(t, "hello from stg", answer.Message)

	// The executor refuses a pipeline whose manual jobs nobody starts, if others wait for them: suite jobs sees that deploy is one.
	_, answer = s.deliver("prod", "prod", "deploy")
	require.Equal(t, "hello from prod", answer.Message)

	s.inputs["promote"] = true
	promoted := s.run("promote")
	require.True(t, promoted.green)
	require.NotContains(t, promoted.jobs, "build")
	// The image says what it was built as.
	s.environments["prod"].host.WaitForAnswer(t, basePath, stg.tag("stg"))
	_, want, err := images.Manifest(t.Context(), s.repository(), stg.tag("stg"))
	require.NoError(t, err)
	_, got, err := images.Manifest(t.Context(), s.repository(), promoted.tag("prod"))
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, pod := range s.pods("prod") {
		if pod.DeletionTimestamp == nil {
			require.Equal(t, images.Address+"/"+s.repository()+":"+promoted.tag("prod")+"@"+want, pod.Spec.Containers[0].Image)
		}
	}
}
