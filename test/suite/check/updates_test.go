package check

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/kubernetes"
)

// elsewhere returns a manifest with its object in another namespace, if it is in one.
func elsewhere(t *testing.T, m manifest, namespace string) manifest {
	t.Helper()
	o := &unstructured.Unstructured{Object: normal(object(m)).(map[string]any)}
	if o.GetKind() == "Namespace" {
		return m
	}
	o.SetNamespace(namespace)
	text, err := yaml.Marshal(o.Object)
	require.NoError(t, err)
	return manifest{m.name, text}
}

// updated asks both about what `helm upgrade` does to make old, which is there, what a manifest says.
func updated(ctx context.Context, old, m manifest) (asked, error) {
	server := upgrade(ctx, old, m)
	ours, err := same.Update(kubernetes.Parse(old.text), kubernetes.Parse(m.text), namespace)
	return asked{m, server, ours}, err
}

// upgrade returns what Helm or the server say against it: the patch is the one that Helm makes, of the live object.
func upgrade(ctx context.Context, old, m manifest) (err error) {
	// The library that makes the patch, which Helm uses too, panics where it should fail.
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("no patch can be made: %v", failure)
		}
	}()
	o := &unstructured.Unstructured{Object: normal(object(old)).(map[string]any)}
	live, err := api.live(ctx, o)
	if err != nil {
		return err
	}
	was, err := yaml.YAMLToJSON(old.text)
	if err != nil {
		return err
	}
	is, err := yaml.YAMLToJSON(m.text)
	if err != nil {
		return err
	}
	typed, err := scheme.Scheme.New(o.GroupVersionKind())
	if err != nil {
		patch, err := jsonpatch.CreateMergePatch(was, is)
		if err != nil {
			return err
		}
		return api.patch(ctx, o, types.MergePatchType, patch)
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(typed)
	if err != nil {
		return err
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(was, is, live, meta, true)
	if err != nil {
		return err
	}
	return api.patch(ctx, o, types.StrategicMergePatchType, patch)
}

// keepIdentity leaves out what is another object than old, which would not be an update.
func keepIdentity(old manifest, all []manifest) []manifest {
	name, _, _ := unstructured.NestedString(object(old), "metadata", "name")
	return slices.DeleteFunc(all, func(m manifest) bool {
		is, _, err := unstructured.NestedString(object(m), "metadata", "name")
		return err != nil || is != name
	})
}

// What the API server says of a patch by Helm, package kubernetes says: of every kind that the charts render, and of the
// objects of testdata, with a field changed in each in turn.
func TestUpdateAgreesWithTheServer(t *testing.T) {
	var answers []asked
	bases := append(largest(t, rendered(t)), written(t)...)
	for _, m := range bases {
		in := "updated"
		if kind := text(m, "kind"); kind == "LimitRange" || kind == "ResourceQuota" {
			in = "limited" // where they limit nobody
		}
		old := elsewhere(t, m, in)
		if err := api.create(t.Context(), old.text, false); err != nil {
			require.True(t, apierrors.IsAlreadyExists(err), "%s: %v", old.name, err)
			continue // what another test, or the cluster itself, has made
		}
		answers = append(answers, ask(t, keepIdentity(old, sample(mutations(old), *cases/len(bases))), func(ctx context.Context, m manifest) (asked, error) { return updated(ctx, old, m) })...)
	}
	agree(t, answers)
	for _, a := range answers {
		// Not the words: some hold what the server alone has made, such as the labels of a Job's pods.
		assert.True(t, a.sameFields(), "other fields: %s", a)
	}
}
