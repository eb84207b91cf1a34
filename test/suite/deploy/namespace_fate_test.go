package deploy

import (
	"fmt"
	"maps"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fate is what became of the namespace.
type fate string

const (
	absent     fate = "not made"
	made       fate = "made, with its labels"
	owned      fate = "made, and owned by the release"
	madeByHelm fate = "made by Helm, without labels"
	untouched  fate = "untouched"
	named      fate = "gets a label `name`"
	stripped   fate = "**loses all labels and annotations** but a label `name`"
	deleted    fate = "**deleted**"
)

// becameOf compares the namespace before and after a step.
func becameOf(before, after *corev1.Namespace) fate {
	switch {
	case before == nil && after == nil:
		return absent
	case before == nil:
		return origin(after)
	case after == nil, before.UID != after.UID, after.DeletionTimestamp != nil && before.DeletionTimestamp == nil:
		return deleted
	case after.DeletionTimestamp != nil:
		return untouched // the namespace controller writes its status
	}
	// The resource version included: nobody so much as wrote it again.
	changes := differences(before, after)
	if len(changes) == 0 {
		return untouched
	}
	own := map[string]string{corev1.LabelMetadataName: after.Name, "name": after.Name}
	if maps.Equal(after.Labels, own) && len(after.Annotations) == 0 {
		return stripped
	}
	added := before.DeepCopy()
	metav1.SetMetaDataLabel(&added.ObjectMeta, "name", added.Name)
	if cmp.Equal(added, after, cmpopts.IgnoreFields(metav1.ObjectMeta{}, "ResourceVersion", "ManagedFields")) {
		return named
	}
	return fate("changed: " + strings.Join(changes, "; "))
}

// origin says from a new namespace's metadata who made it.
func origin(namespace *corev1.Namespace) fate {
	labels, annotations := namespace.Labels, namespace.Annotations
	for name := range annotations {
		if strings.HasPrefix(name, "meta.helm.sh/") {
			return owned
		}
	}
	switch {
	case labels["client"] == "internal" && labels["env"] == "dev" && annotations["helm.sh/resource-policy"] == "keep":
		return made
	case labels["client"] == "" && labels["env"] == "" && len(annotations) == 0:
		return madeByHelm
	}
	return fate(fmt.Sprintf("made with labels %v and annotations %v", labels, annotations))
}
