package rollout

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// listable asks once for the kinds of all objects.
var listable = sync.OnceValues(func() ([]schema.GroupVersionResource, error) { return admin.Listable() })

// objects are the objects with the release's annotation that are live, by kind and name: what a client wrote of them, with
// the name of the release made the same for all.
func (s service) objects() map[string]any {
	s.t.Helper()
	kinds, err := listable()
	require.NoError(s.t, err)
	found := map[string]any{}
	for _, kind := range kinds {
		list, err := admin.Dynamic.Resource(kind).Namespace(namespace).List(s.t.Context(), metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue // a kind that another test has removed
		}
		require.NoError(s.t, err)
		for _, object := range list.Items {
			if object.GetAnnotations()["meta.helm.sh/release-name"] != s.name || len(object.GetOwnerReferences()) > 0 || object.GetDeletionTimestamp() != nil {
				continue
			}
			text, err := json.Marshal(written(object))
			require.NoError(s.t, err)
			var content map[string]any
			require.NoError(s.t, json.Unmarshal([]byte(strings.ReplaceAll(string(text), s.name, "RELEASE")), &content))
			found[object.GetKind()+"/"+strings.ReplaceAll(object.GetName(), s.name, "RELEASE")] = content
		}
	}
	return found
}

// written returns what a client wrote of an object.
func written(object unstructured.Unstructured) map[string]any {
	content := object.DeepCopy().Object
	delete(content, "status")
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"} {
		unstructured.RemoveNestedField(content, "metadata", field)
	}
	unstructured.RemoveNestedField(content, "metadata", "annotations", "deployment.kubernetes.io/revision")
	for _, field := range []string{"clusterIP", "clusterIPs"} {
		unstructured.RemoveNestedField(content, "spec", field)
	}
	return content
}

var fresh = struct {
	sync.Mutex
	objects map[string]map[string]any
}{objects: map[string]map[string]any{}}

// freshInstall returns the objects of an install of that tag, with the same Helm, in which nothing went wrong.
func freshInstall(t *testing.T, p *helmcli.Program, tag string) map[string]any {
	t.Helper()
	fresh.Lock()
	defer fresh.Unlock()
	key := p.String() + tag
	if fresh.objects[key] == nil {
		s := newService(t, p)
		s.mustUpgrade(good(tag)...)
		fresh.objects[key] = s.objects()
		require.NotEmpty(t, fresh.objects[key])
	}
	return fresh.objects[key]
}

// requireAsFresh proves that the release is deployed, that nothing of another revision is live, and that no Lease is left.
func (s service) requireAsFresh(tag string) {
	s.t.Helper()
	require.Equal(s.t, "deployed", s.status())
	s.requireLive(tag)
}

// requireLive proves that what is live is that revision and nothing of another, and that no Lease is left.
func (s service) requireLive(tag string) {
	s.t.Helper()
	require.Empty(s.t, cmp.Diff(freshInstall(s.t, s.program, tag), s.objects()))
	require.Empty(s.t, s.lease())
}
