package kubernetes

import (
	"encoding/json"
	"fmt"
	"slices"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/kubernetes/pkg/api/legacyscheme"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

// Update returns what an API server of the version says of updating the object that old made to what document says, as
// `helm upgrade` does it: with a patch from the one to the other, so that what neither names stays as the API server made
// it. Nothing else has changed the object since. The answer holds what Create would say of what cannot be read, and what
// the rules are against, such as a change to a field that is immutable. It fails if the two are not of one kind and name,
// or the version is unknown.
func (v Version) Update(old, document *Document, namespace string) (problems []Problem, err error) {
	defer survive(&problems)
	version, err := v.index()
	if err != nil {
		return nil, err
	}
	all, err := load()
	if err != nil {
		return nil, err
	}
	for _, d := range []*Document{document, old} {
		if illegible := d.read().illegible; illegible != nil {
			return illegible, nil
		}
	}
	if was, is := old.identity(), document.identity(); was != is {
		return nil, fmt.Errorf("%s is not an update of %s", is, was)
	}
	if kind, served := all.kind(document.Kind(), version); served {
		return document.ofNative(all, kind, version, func() ([]Problem, error) { return document.updatedNative(old, kind, namespace) })
	}
	if custom, known := all.custom[document.Kind()]; known {
		return document.updatedCustom(old, custom, namespace)
	}
	return []Problem{all.stranger(document.Kind())}, nil
}

// identity is what makes two documents the same object; the version of its API does not.
func (d *Document) identity() string {
	metadata, _ := d.content()["metadata"].(map[string]any)
	return fmt.Sprint(d.Kind().GroupKind(), " ", metadata["name"])
}

func (d *Document) updatedNative(old *Document, kind catalogue.Kind, namespace string) ([]Problem, error) {
	judge := judge{strategies[d.Kind().GroupKind()], kind}
	was := old.native()
	if was.object == nil {
		return was.problems, nil
	}
	stored, err := was.internal()
	if err != nil {
		return problemsOf(err), nil
	}
	judge.store(stored, namespace)
	live, err := legacyscheme.Scheme.ConvertToVersion(stored, d.Kind().GroupVersion())
	if err != nil {
		return nil, err
	}
	current, err := json.Marshal(live)
	if err != nil {
		return nil, err
	}
	patched, err := threeWay(old.read().json, d.read().json, current, live)
	if err != nil {
		return problemsOf(err), nil
	}
	object := decode(reading{json: patched})
	if object.object == nil {
		return object.problems, nil
	}
	updated, err := object.internal()
	if err != nil {
		return problemsOf(err), nil
	}
	return judge.update(updated, stored, namespace), nil
}

// threeWay returns the live object after Helm's patch of a native kind.
func threeWay(old, document, live []byte, typed runtime.Object) ([]byte, error) {
	patch, err := strategicpatch.NewPatchMetaFromStruct(typed)
	if err != nil {
		return nil, err
	}
	changes, err := strategicpatch.CreateThreeWayMergePatch(old, document, live, patch, true)
	if err != nil {
		return nil, err
	}
	return strategicpatch.StrategicMergePatch(live, changes, typed)
}

func (d *Document) updatedCustom(old *Document, custom func() (*customKind, error), namespace string) ([]Problem, error) {
	kind, err := custom()
	if err != nil {
		return nil, err
	}
	stored, problems := kind.decode(old.read())
	if stored == nil {
		return problems, nil
	}
	kind.store(stored, namespace)
	_, problems = kind.decode(d.read())
	problems = append(slices.Clone(d.read().repeated), problems...)

	live, err := json.Marshal(stored)
	if err != nil {
		return nil, err
	}
	// Helm's patch of a custom kind does not look at the live object.
	changes, err := jsonpatch.CreateMergePatch(old.read().json, d.read().json)
	if err != nil {
		return nil, err
	}
	patched, err := jsonpatch.MergePatch(live, changes)
	if err != nil {
		return nil, err
	}
	updated, found := kind.decode(reading{json: patched, kind: d.Kind()})
	if updated == nil {
		return append(problems, found...), nil
	}
	return append(problems, kind.update(updated, stored, namespace)...), nil
}
