package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/retry"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Who renders without a cluster, as Argo CD does, applies the same objects again after the autoscaler has scaled out: with
// `replicas: null`, as docs/gitops.md says, that changes nothing. With a number it would undo it, which the test is to see.
func TestSyncAfterScaleOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, replicas string
		want           int32
	}{
		{name: "left out", replicas: "null", want: 6},
		{name: "written", replicas: "2", want: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			helmcli.ForEach(t, func(t *testing.T, p *program) {
				r := newRelease(t, p, "autoscaling").with("replicas: " + c.replicas + "\nautoscaling: {enabled: true, minReplicas: 2, maxReplicas: 12}")
				r.sync()
				r.hasReplicas(2)
				require.NoError(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
					deployments := admin.Typed.AppsV1().Deployments(r.namespace)
					scale, err := deployments.GetScale(t.Context(), r.name, metav1.GetOptions{})
					if err != nil {
						return err
					}
					scale.Spec.Replicas = 6
					_, err = deployments.UpdateScale(t.Context(), r.name, scale, metav1.UpdateOptions{FieldManager: "kube-controller-manager"})
					return err
				}))
				r.sync()
				r.hasReplicas(c.want)
			})
		})
	}
}

// hasReplicas waits until so many pods are asked for.
func (r release) hasReplicas(want int32) {
	r.t.Helper()
	eventually.NoError(r.t, "replicas", func(ctx context.Context) error {
		d, err := admin.Typed.AppsV1().Deployments(r.namespace).Get(ctx, r.name, metav1.GetOptions{})
		if err == nil && *d.Spec.Replicas != want {
			err = fmt.Errorf("%d pods are asked for; want %d", *d.Spec.Replicas, want)
		}
		return err
	})
}

// sync applies what `helm template` renders, but for hooks, with the deployer's rights, and takes what others have set.
func (r release) sync() {
	r.t.Helper()
	args := []string{"template", r.name, r.chart, "--namespace", r.namespace}
	for _, file := range r.values {
		args = append(args, "--values", file)
	}
	text, err := r.terminal().Run("helm", append(args, "--set", "image.tag=dev-1")...)
	require.NoError(r.t, err)
	config, err := clientcmd.BuildConfigFromFlags("", r.kubeconfig)
	require.NoError(r.t, err)
	client, err := dynamic.NewForConfig(config)
	require.NoError(r.t, err)
	documents, applied := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text.Stdout), 4096), 0
	for {
		object := &unstructured.Unstructured{}
		if err := documents.Decode(object); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(r.t, err)
		}
		if len(object.Object) == 0 || object.GetAnnotations()["helm.sh/hook"] != "" {
			continue
		}
		resource, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
		_, err := client.Resource(resource).Namespace(r.namespace).Apply(r.t.Context(), object.GetName(), object, metav1.ApplyOptions{FieldManager: "argocd-controller", Force: true})
		require.NoError(r.t, err, object.GetKind())
		applied++
	}
	require.Greater(r.t, applied, 4)
}
