//go:build e2e

package kind

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Somebody deletes the ConfigMap by hand. The pods that run go on with the files that they have; a new one does not start,
// and its events say why; the same deploy again makes the ConfigMap anew. Nobody notices any of it.
func TestConfigMapIsDeletedByHand(t *testing.T) {
	for _, helm := range helmcli.Programs {
		t.Run(helm.String(), func(t *testing.T) {
			r := newRelease(t, helm)
			r.mustDeploy("v1")
			r.waitForAnswer("v1")
			l := startLoad(t, r)
			result := l.during("the ConfigMap is deleted, a pod is evicted, the release is deployed again, "+helm.String(), func() {
				r.terminal(helm).Must("kubectl", "delete", "configmap", service)
				pods, err := r.pods(t.Context())
				require.NoError(t, err)
				require.Len(t, pods, 2)
				eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pods[0].Name, Namespace: r.name}}
				require.NoError(t, admin.client.PolicyV1().Evictions(r.name).Evict(t.Context(), eviction))
				eventually(t, "the new pod's events say why it does not start", func(ctx context.Context) error {
					// As whoever has deployed sees them.
					events, err := r.client().CoreV1().Events(r.name).List(ctx, metav1.ListOptions{FieldSelector: "reason=FailedMount"})
					if err != nil {
						return err
					}
					for _, event := range events.Items {
						if strings.HasSuffix(event.Message, `configmap "`+service+`" not found`) {
							t.Log(event.Message)
							return nil
						}
					}
					return fmt.Errorf("there are %d", len(events.Items))
				})
				r.mustDeploy("v1")
				r.waitReady(2)
			})
			l.table()
			noFailures(t, "the ConfigMap is deleted", result)
			require.Equal(t, "hello from dev", r.waitForAnswer("v1").Message)
		})
	}
}
