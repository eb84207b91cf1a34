//go:build e2e

package kind

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// A release that Helm 3 has installed is upgraded by Helm 4, and either of them takes it back; what answers is what the
// last of them has deployed.
func TestBothHelms(t *testing.T) {
	three := newRelease(t, helmcli.Helm3)
	four := three.by(helmcli.Helm4)

	three.mustDeploy("v1")
	three.waitForAnswer("v1")
	four.mustDeploy("v2")
	three.waitForAnswer("v2")
	four.rollback(1)
	three.waitForAnswer("v1")
	four.mustDeploy("v2", three.message("by four")...)
	require.Equal(t, "by four", three.waitForAnswer("v2").Message)
	three.rollback(3)
	require.Equal(t, "hello from dev", three.waitForAnswer("v1").Message)
	three.mustDeploy("v2")
	three.waitForAnswer("v2")

	// A version that never gets ready: the image is not there.
	for _, r := range []release{three, four} {
		_, err := r.terminal(r.helm).Run("helm", append(r.deployArguments("missing"), "--timeout", "30s")...)
		require.Error(t, err, r.helm)
		three.waitForAnswer("v2")
	}
	require.Equal(t, three.history(), four.history())
}
