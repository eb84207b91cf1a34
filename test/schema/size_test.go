package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gitlab.example.com/platform/slipway/test/render"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage/driver"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// kept is what Helm's storage writes, in place of a cluster.
type kept struct {
	typedcorev1.SecretInterface
	secret *corev1.Secret
}

func (k *kept) Create(_ context.Context, secret *corev1.Secret, _ metav1.CreateOptions) (*corev1.Secret, error) {
	k.secret = secret
	return secret, nil
}

// The chart travels in the Secret of every revision of every release, its schema with it.
func TestReleaseIsSmall(t *testing.T) {
	var files []string
	for _, dir := range []string{"../../ci/platform", "../example-microservice/deploy"} {
		files = append(files, dir+"/values.yaml", dir+"/values-prod.yaml")
	}
	values, err := render.Layers{Files: files, Set: []string{"image.tag=prod-1"}}.Merge()
	require.NoError(t, err)
	loaded, err := render.Load(microservice)
	require.NoError(t, err)
	manifests, err := render.Render(t.Context(), loaded, render.Release{Name: "example-microservice", Namespace: "the-project"}, values)
	require.NoError(t, err)

	var stored kept
	require.NoError(t, driver.NewSecrets(&stored).Create("example", &release.Release{
		Name: "example-microservice", Namespace: "the-project", Version: 1, Info: &release.Info{Notes: manifests.Notes},
		Chart: load(t), Config: values, Manifest: manifests.Text,
	}))
	size := len(stored.secret.Data["release"])
	t.Logf("%d bytes", size)
	require.Less(t, size, 90<<10, "the limit is 100 KiB; 10 KiB hold some 25 KiB of a service's own configuration, which is packed as well")
}
