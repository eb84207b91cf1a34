package deploy

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Several first installs find the same namespace missing. One makes it; of Helm 3 the others may fail, and pass when
// they are run again.
func TestNamespaceRace(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		s := newScene(t, p, setting{before: missing, elsewhere: true}, nil)
		errs := make([]error, 3)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { errs[i] = s.deploy(s.named(fmt.Sprint("svc-", i)), on) })
		}
		group.Wait()

		winner := namespaceNow(t, s.target)
		require.Equal(t, string(made), string(becameOf(nil, winner)))
		for i, err := range errs {
			if err == nil {
				continue
			}
			require.Equal(t, helm3, p, "only Helm 3 may lose: %v", err)
			require.ErrorContains(t, err, "already exists")
			require.NoError(t, s.deploy(s.named(fmt.Sprint("svc-", i)), on))
		}
		require.Equal(t, string(untouched), string(becameOf(winner, namespaceNow(t, s.target))))
	})
}
