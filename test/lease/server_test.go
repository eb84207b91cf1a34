package lease

import (
	"errors"
	"fmt"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// server is as much of an API server as one Lease needs, and as client-go's own fake does not have: identities, versions,
// preconditions and outages.
type server struct {
	mutex   sync.Mutex
	lease   *coordinationv1.Lease
	version int
	// refuses says which requests are not answered, by their verb.
	refuses map[string]bool
}

var errAway = errors.New("connection refused")

// client of the server.
func (s *server) client() kubernetes.Interface {
	client := &fake.Clientset{}
	client.AddReactor("*", "leases", func(action clienttesting.Action) (bool, runtime.Object, error) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		answer, err := s.answer(action)
		return true, answer, err
	})
	return client
}

func (s *server) answer(action clienttesting.Action) (runtime.Object, error) {
	resource := coordinationv1.Resource("leases")
	if s.refuses[action.GetVerb()] {
		return nil, errAway
	}
	if made, ok := action.(clienttesting.CreateActionImpl); ok {
		if s.lease != nil {
			return nil, apierrors.NewAlreadyExists(resource, s.lease.Name)
		}
		s.make(made.Object)
		return s.lease.DeepCopy(), nil
	}
	if s.lease == nil {
		return nil, apierrors.NewNotFound(resource, "")
	}
	switch action := action.(type) {
	case clienttesting.UpdateActionImpl:
		next := action.GetObject().(*coordinationv1.Lease)
		if next.UID != s.lease.UID || next.ResourceVersion != s.lease.ResourceVersion {
			return nil, apierrors.NewConflict(resource, next.Name, errors.New("changed"))
		}
		s.store(next)
	case clienttesting.DeleteActionImpl:
		if p := action.GetDeleteOptions().Preconditions; *p.UID != s.lease.UID || p.ResourceVersion != nil && *p.ResourceVersion != s.lease.ResourceVersion {
			return nil, apierrors.NewConflict(resource, s.lease.Name, errors.New("changed"))
		}
		s.lease = nil
		return nil, nil
	}
	return s.lease.DeepCopy(), nil
}

// make stores a Lease that is another than the one before.
func (s *server) make(object runtime.Object) {
	s.store(object)
	s.lease.UID, s.lease.CreationTimestamp = types.UID(fmt.Sprint(s.version)), metav1.Now()
}

func (s *server) store(object runtime.Object) {
	s.version++
	s.lease = object.(*coordinationv1.Lease).DeepCopy()
	s.lease.ResourceVersion = fmt.Sprint(s.version)
	s.lease.ManagedFields = []metav1.ManagedFieldsEntry{{Time: new(metav1.Now())}}
}

// refuse has the server not answer requests with these verbs from now on, and all others.
func (s *server) refuse(verbs ...string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refuses = map[string]bool{}
	for _, verb := range verbs {
		s.refuses[verb] = true
	}
}

// away is all verbs.
var away = []string{"create", "get", "update", "delete"}

// delete deletes the Lease, as somebody does by hand.
func (s *server) delete() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lease = nil
}

// take gives the Lease to another holder, who renewed it a time ago by a clock of its own.
func (s *server) take(holder string, ago time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	then := metav1.NewMicroTime(time.Now().Add(-ago))
	s.make(&coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{
		HolderIdentity: &holder, AcquireTime: &then, RenewTime: &then, LeaseDurationSeconds: new(int32(30)),
	}})
}

// now returns the Lease that is there.
func (s *server) now() *coordinationv1.Lease {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.lease.DeepCopy()
}
