package follow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// An image that cannot be pulled shows as two reasons in turn: one trouble, of which each new try counts.
func TestPullsAreCounted(t *testing.T) {
	failed, waits := diagnose(recorded(t, "image-missing"), defaults)[0], diagnose(recorded(t, "image-back-off"), defaults)[0]
	r := &record{}
	for i, step := range []struct {
		seen  trouble
		times int
		news  bool
	}{
		{failed, 1, true}, {failed, 1, false}, {waits, 1, true}, {waits, 1, false},
		{failed, 2, true}, {waits, 2, true}, {failed, 3, true},
	} {
		require.False(t, r.trouble.hopeless(0, defaults), "before look %d", i)
		require.Equal(t, step.news, r.update(step.seen), "look %d", i)
		require.Equal(t, step.times, r.trouble.times, "look %d", i)
	}
	require.True(t, r.trouble.hopeless(0, defaults))

	// Its first failure may be missed.
	r = &record{}
	r.update(waits)
	require.Equal(t, 1, r.trouble.times)
}

// What events have said of a pod stays, as its status says nothing.
func TestWhatEventsSaidStays(t *testing.T) {
	r := &record{}
	r.update(diagnose(recorded(t, "volume-missing"), defaults)[0])
	r.trouble.reason, r.trouble.message = "FailedMount", "configmap not found"
	require.False(t, r.update(diagnose(recorded(t, "volume-missing"), defaults)[0]))
	require.Equal(t, "starts: FailedMount: configmap not found", r.text())
}

// The most telling trouble is named, and of two that tell as much the one that came first.
func TestWorst(t *testing.T) {
	now := time.Now()
	early := &record{trouble: trouble{kind: crash}, since: now.Add(-time.Minute)}
	late := &record{trouble: trouble{kind: crash}, since: now}
	unready := &record{trouble: trouble{kind: notReady}, since: now.Add(-time.Hour)}
	for name, of := range map[string][]*record{"in order": {early, late, unready}, "in another": {unready, late, early}} {
		t.Run(name, func(t *testing.T) {
			var worst *record
			for _, r := range of {
				worst = worse(worst, r)
			}
			require.Same(t, early, worst)
		})
	}
}

// Pods that a rollback has deleted keep what was wrong with them; pods that are well again do not.
func TestForget(t *testing.T) {
	f := newFollower(Options{})
	gone, well, ill := recordKey{"gone", "service"}, recordKey{"well", "service"}, recordKey{"ill", "service"}
	for _, key := range []recordKey{gone, well, ill} {
		f.records[key] = &record{}
	}
	s := sight{owner: "set"}
	for _, uid := range []types.UID{"well", "ill"} {
		pod := recorded(t, "ready")
		pod.UID = uid
		s.pods = append(s.pods, *pod)
	}
	f.forget(s, map[recordKey]bool{ill: true})
	require.Contains(t, f.records, gone)
	require.NotContains(t, f.records, well)
	require.Contains(t, f.records, ill)
}

// The newest ReplicaSet has the highest number, whenever it was made: one that is used again is renumbered.
func TestNewestReplicaSet(t *testing.T) {
	set := func(name, revision string, owner types.UID) appsv1.ReplicaSet {
		s := appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: name,
			OwnerReferences: []metav1.OwnerReference{{UID: owner, Controller: ptr.To(true)}}}}
		if revision != "" {
			s.Annotations = map[string]string{revisionAnnotation: revision}
		}
		return s
	}
	sets := []appsv1.ReplicaSet{set("again", "10", "mine"), set("old", "9", "mine"), set("other", "11", "other's"), set("unnumbered", "", "mine")}
	require.Equal(t, "again", newestOf("mine", sets).Name)
	require.Nil(t, newestOf("nobody's", sets))
}
