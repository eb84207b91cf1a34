package rollout

import (
	"context"
	"regexp"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/ownership"
)

// takeBack takes from hands the fields that they have set in the release's objects, and says which. Nothing that is live
// changes: Helm sets what its manifest has, and Helm 4 would be refused by the API server where a hand has set it.
func (r *rollout) takeBack(ctx context.Context) {
	if len(r.before) == 0 {
		return
	}
	last, ok := r.before.Good()
	if !ok {
		last = r.before.Newest()
	}
	manifest, err := objects(last.Manifest, r.Namespace)
	if err != nil {
		return // Helm says it
	}
	for _, o := range manifest {
		if _, err := r.takeFrom(ctx, o, manifest); err != nil {
			r.sayOnce("what hands have set in %s stays theirs: %v", o, err)
		}
	}
}

// takeFrom takes the fields of one object from hands, and returns whether there were any.
func (r *rollout) takeFrom(ctx context.Context, o object, manifest []object) (some bool, err error) {
	const tries = 3 // a controller may write meanwhile
	for range tries {
		live, ok, err := r.live.see(ctx, o)
		if err != nil || !ok || live == nil || helm.Owner(live) != r.Namespace+"/"+r.release {
			return false, err
		}
		rest, some := ownership.Without(live.GetManagedFields(), ownership.Hand)
		if !some {
			return false, nil
		}
		_, err = r.live.Patch(ctx, live, metav1.PatchOptions{FieldManager: manager},
			helm.Operation{Op: "test", Path: "/metadata/resourceVersion", Value: live.GetResourceVersion()},
			helm.Operation{Op: "replace", Path: "/metadata/managedFields", Value: rest})
		if err == nil {
			r.sayTaken(o, live, manifest)
			return true, nil
		}
		if !apierrors.IsConflict(err) && !apierrors.IsInvalid(err) {
			return false, err
		}
	}
	return false, err
}

// unsaid are fields that kubectl writes for itself.
var unsaid = []string{
	"metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
	"spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt",
}

// sayTaken says what hands have set in an object that is not as its manifest says.
func (r *rollout) sayTaken(o object, live *unstructured.Unstructured, manifest []object) {
	want := canonical(o)
	for _, field := range ownership.Fields(live, func(owner ownership.Owner) bool { return owner == ownership.Hand }) {
		name := field.String()
		have, there := field.Get(live.Object)
		if !there || slices.Contains(unsaid, name) || name == "spec.replicas" && autoscaled(o, manifest) {
			continue
		}
		wanted, has := field.Get(want)
		switch {
		case !has && !isEmpty(have):
			r.sayOnce("%s: %s was set by %s and is in no manifest: it stays unless the chart sets it", o, field.Missing(want), field.Manager)
		case has && !equal(wanted, have) && !same(wanted, have):
			was, is := text(name, have), text(name, wanted)
			if o.GetKind() == "Secret" {
				was, is = "another", "that of the last deploy"
			}
			r.sayOnce("%s: %s was set to %s by %s, instead of %s: the chart decides again", o, name, was, field.Manager, is)
		}
	}
}

// autoscaled says whether the manifest has an autoscaler for an object, which decides then.
func autoscaled(o object, manifest []object) bool {
	return slices.ContainsFunc(manifest, func(scaler object) bool {
		name, _, _ := unstructured.NestedString(scaler.Object, "spec", "scaleTargetRef", "name")
		return name == o.GetName()
	})
}

// otherOwner is who Helm 4 says has a field that it wants to set.
var otherOwner = regexp.MustCompile(`conflicts? with "([^"]+)"`)

// isConflict says whether Helm 4 was refused a field that has another owner.
func isConflict(err error) bool { return otherOwner.MatchString(err.Error()) }

// makeWay makes way for a rollback that Helm 4 was refused, since a field has another owner: hands lose it, and what belongs
// to anybody else stays as it is. It returns whether there was anything to do.
func (r *rollout) makeWay(ctx context.Context, target int, refusal error) bool {
	var owners []string
	for _, match := range otherOwner.FindAllStringSubmatch(refusal.Error(), -1) {
		owners = append(owners, match[1])
	}
	one, err := r.records.Get(ctx, target)
	if err != nil {
		return false
	}
	manifest, err := objects(one.Manifest, r.Namespace)
	if err != nil {
		return false
	}
	done := false
	for _, o := range manifest {
		some, err := r.takeFrom(ctx, o, manifest)
		if err != nil {
			r.sayOnce("%s: %v", o, err)
		}
		done = done || some
	}
	return r.adopt(ctx, one, func(f ownership.Field) bool { return slices.Contains(owners, f.Manager) }) || done
}

// keepScale has a revision go back to as many pods as an autoscaler has set, whatever the number was then.
func (r *rollout) keepScale(ctx context.Context, target int) {
	one, err := r.records.Get(ctx, target)
	if err == nil {
		r.adopt(ctx, one, func(f ownership.Field) bool { return f.Subresource == "scale" })
	}
}

// adopt records, for the objects to which a revision leads back, what is live of those fields that belong neither to Helm
// nor to a hand. Helm's rollback would take them away, or be refused. It returns whether there was anything to record.
func (r *rollout) adopt(ctx context.Context, one helm.Revision, which func(ownership.Field) bool) bool {
	manifest, err := helm.Objects(one.Manifest)
	if err != nil {
		return false
	}
	changed := false
	for _, o := range manifest {
		live, ok, err := r.live.see(ctx, object{o.DeepCopy()})
		if err != nil || !ok {
			return false
		}
		if live != nil {
			for _, field := range ownership.Fields(live, func(owner ownership.Owner) bool { return owner == ownership.Controller || owner == ownership.Other }) {
				have, there := field.Get(live.Object)
				wanted, has := field.Get(o.Object)
				if which(field) && there && has && !same(wanted, have) && field.Set(o.Object, have) {
					r.sayOnce("%s: %s stays %v, which %s has set", object{o}, field, have, field.Manager)
					changed = true
				}
			}
		}
	}
	if !changed {
		return false
	}
	text, err := manifestOf(manifest)
	if err == nil {
		err = r.records.SetManifest(ctx, one, text)
	}
	if err != nil {
		r.sayOnce("revision %d: %v", one.Number, err)
		return false
	}
	return true
}
