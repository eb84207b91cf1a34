package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/helm"
)

// record is what was live before, as the API server said it; it is a file of the chart of the release's first revision until
// the chart is live.
type record struct {
	// Objects as they were, field managers and status included.
	Objects []*unstructured.Unstructured `json:"objects"`
	// Made are those that the chart adds: their identity alone.
	Made []*unstructured.Unstructured `json:"made"`
	// Replaced are those of the objects that are no more when the chart is live, or are others by the same name.
	Replaced []replacement `json:"replaced"`
}

// replacement returns what is recorded of a Deployment that is not changed in place; false of one that is, and of all else.
func (r record) replacement(object *unstructured.Unstructured) (replacement, bool) {
	for _, one := range r.Replaced {
		if is(object, "apps", "Deployment") && object.GetNamespace() == one.Namespace && object.GetName() == one.Name {
			return one, true
		}
	}
	return replacement{}, false
}

const recordFile = "backup.json"

// recorded returns what was live before the takeover that the revisions are of.
func recorded(all helm.History) (record, error) {
	for _, one := range all {
		for _, file := range one.Chart.Files {
			if one.Chart.Metadata.Name == helm.HandMadeChart && file.Name == recordFile {
				var r record
				return r, json.Unmarshal(file.Data, &r)
			}
		}
	}
	return record{}, fmt.Errorf("no revision of the release has the hand-made objects any more")
}

// recordObjects makes the release's first revision: the objects as they are. From it both Helms remove what the chart lacks.
type recordObjects struct {
	*takeover
	plan *plan
}

func (s recordObjects) describe() []string {
	return []string{"Helm records the objects as they are (chart " + helm.HandMadeChart + "). No pod is replaced."}
}

func (s recordObjects) do(ctx context.Context) error {
	s.say("recording the objects as they are")
	var objects []*unstructured.Unstructured
	for _, object := range s.plan.record.Objects {
		objects = append(objects, s.plan.asWas(object))
	}
	text, err := manifest(objects)
	if err != nil {
		return err
	}
	saved, err := json.Marshal(s.plan.record)
	if err != nil {
		return err
	}
	flags := []string{"--take-ownership"}
	if s.helm.Major == 4 {
		// The label that Helm adds may have been somebody else's.
		flags = append(flags, "--force-conflicts")
	}
	return s.revise(ctx, helm.HandMadeChart, map[string][]byte{objectsFile: text, recordFile: saved}, flags...)
}

// undo removes what the chart has added, and forgets the release.
func (s recordObjects) undo(ctx context.Context) error {
	if err := s.removeMade(ctx); err != nil {
		return err
	}
	if err := s.forget(ctx); err != nil {
		return err
	}
	return s.requireBack(ctx)
}

// removeMade deletes what the chart has added.
func (s recordObjects) removeMade(ctx context.Context) error {
	for _, object := range s.plan.record.Made {
		now, err := s.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil || helm.Owner(now) != s.owner() {
			continue
		}
		api, err := s.cluster.Resource(object)
		if err != nil {
			return err
		}
		err = api.Delete(ctx, object.GetName(), metav1.DeleteOptions{
			PropagationPolicy: ptr.To(metav1.DeletePropagationBackground), Preconditions: metav1.NewUIDPreconditions(string(now.GetUID())),
		})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("%s: %w", name(object), err)
		}
	}
	return nil
}

// forget removes all that is recorded of the release. Its objects stay.
func (s recordObjects) forget(ctx context.Context) error {
	all, err := s.records.All(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := s.records.Forget(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// requireBack fails, with what differs, unless all is what it was.
func (s recordObjects) requireBack(ctx context.Context) error {
	var wrong []error
	for _, object := range s.plan.record.Objects {
		now, err := s.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil {
			wrong = append(wrong, fmt.Errorf("%s is gone", name(object)))
		} else if found := differences(content(object), content(now)); len(found) > 0 {
			wrong = append(wrong, fmt.Errorf("%s is not what it was:\n  %s", name(object), strings.Join(found, "\n  ")))
		}
	}
	return errors.Join(wrong...)
}
