package rollout

import (
	"context"
	"maps"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
)

// isLive says whether something of dead revisions is live: a deploy that was refused before it changed anything needs no
// way back, and one would take with it what hands and controllers have set. What cannot be seen counts as live.
func (r *rollout) isLive(ctx context.Context, dead []helm.Revision, good helm.Revision) bool {
	stays, err := objects(good.Manifest, r.Namespace)
	if err != nil {
		return true
	}
	goodOnes := map[string]object{}
	for _, o := range stays {
		goodOnes[o.key()] = o
	}
	for _, one := range dead {
		manifest, err := objects(one.Manifest, r.Namespace)
		if err != nil {
			return true
		}
		removed := maps.Clone(goodOnes)
		for _, o := range manifest {
			delete(removed, o.key())
			live, err := r.live.Get(ctx, o.Unstructured)
			if meta.IsNoMatchError(err) {
				continue // what is of no kind is not there
			}
			was, both := goodOnes[o.key()]
			switch {
			case err != nil:
				return true
			case live == nil:
			case !both:
				if helm.Owner(live) == r.Namespace+"/"+r.release {
					return true
				}
			case hasTrace(was, o, live), r.hasRewrittenTrace(ctx, was, o, live):
				return true
			}
		}
		for _, o := range removed {
			live, err := r.live.Get(ctx, o.Unstructured)
			if err != nil && !meta.IsNoMatchError(err) || len(compare(o, live)) > 0 && live == nil {
				return true
			}
		}
	}
	return false
}

// hasRewrittenTrace says the same of an object that webhooks have rewritten: they make something else of both revisions.
func (r *rollout) hasRewrittenTrace(ctx context.Context, good, dead object, live *unstructured.Unstructured) bool {
	if len(compare(good, live)) == 0 {
		return false
	}
	wasGood, err := r.live.wouldBecome(ctx, good, live)
	if err != nil {
		return false
	}
	wasDead, err := r.live.wouldBecome(ctx, dead, live)
	return err == nil && hasTrace(object{wasGood}, object{wasDead}, live)
}

// hasTrace says whether a field of a live object is as a dead revision has it, and the good one has not.
func hasTrace(good, dead object, live *unstructured.Unstructured) bool {
	content := func(object map[string]any) map[string]any {
		object = maps.Clone(object)
		metadata, _ := object["metadata"].(map[string]any)
		object["metadata"] = map[string]any{"labels": metadata["labels"], "annotations": metadata["annotations"]}
		delete(object, "status")
		return object
	}
	return trace(content(canonical(good)), content(canonical(dead)), content(live.Object))
}

func trace(good, dead, live any) bool {
	if reflect.DeepEqual(good, dead) || isEmpty(good) && isEmpty(dead) {
		return false
	}
	of, ok := fields(good)
	wanted, also := fields(dead)
	have, too := fields(live)
	if ok && also && too {
		for name := range of {
			if trace(of[name], wanted[name], have[name]) {
				return true
			}
		}
		for name := range wanted {
			if _, seen := of[name]; !seen && trace(nil, wanted[name], have[name]) {
				return true
			}
		}
		return false
	}
	if isEmpty(dead) { // it was removed
		return !same(good, live)
	}
	return same(dead, live)
}

// fields returns the parts of a map, or of a list whose elements have names; nothing has none.
func fields(value any) (parts map[string]any, ok bool) {
	switch value := value.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return value, true
	case []any:
		return byName(value)
	}
	return nil, false
}

// same says whether a value is live, beside what the API server may have added to it.
func same(want, live any) bool {
	var c comparison
	c.compare("", want, live)
	return len(c.found) == 0 && isEmpty(want) == isEmpty(live)
}
