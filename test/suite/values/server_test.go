package values

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// server asks the API server what it would say to an object, and remembers the answer.
type server struct {
	clients map[string]dynamic.Interface // of the deployers, by project; that of "" is the administrator's
	mapper  meta.RESTMapper
	answers sync.Map     // from the hash of an object to an error, or to nil
	beyond  atomic.Int64 // how often a deployer had no right to ask
}

func newServer(askers map[string]*rest.Config) (*server, error) {
	s := &server{clients: map[string]dynamic.Interface{}}
	for project, config := range askers {
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			return nil, err
		}
		s.clients[project] = client
	}
	kinds, err := discovery.NewDiscoveryClientForConfig(askers[""])
	if err != nil {
		return nil, err
	}
	groups, err := restmapper.GetAPIGroupResources(kinds)
	if err != nil {
		return nil, err
	}
	s.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	return s, nil
}

// refusal is what the server says to the deployer of the object's namespace against it; nil if it would create it. Fields
// that it does not know count. Where the deployer has no right to the kind, such as to a Namespace, or to what a Role
// grants, it is what the server says to the administrator: rights are none of what is tested here.
func (s *server) refusal(ctx context.Context, object *unstructured.Unstructured) error {
	written, err := json.Marshal(object)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(written)
	if answer, known := s.answers.Load(hash); known {
		err, _ := answer.(error)
		return err
	}
	asker := object.GetNamespace()
	if s.clients[asker] == nil {
		asker = unrestricted
	}
	err = s.ask(ctx, object, s.clients[asker])
	if noRight(object, err) {
		s.beyond.Add(1)
		err = s.ask(ctx, object, s.clients[""])
	}
	s.answers.Store(hash, struct{ error }{err}.error)
	return err
}

// noRight says whether an answer is about who asks. Who may not grant what a Role grants may not bind one that is not there.
func noRight(object *unstructured.Unstructured, err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "cannot create resource") ||
		apierrors.IsForbidden(err) && strings.Contains(err.Error(), "is attempting to grant RBAC permissions not currently held") ||
		apierrors.IsNotFound(err) && object.GetKind() == "RoleBinding"
}

func (s *server) ask(ctx context.Context, object *unstructured.Unstructured, as dynamic.Interface) error {
	kind := object.GroupVersionKind()
	mapping, err := s.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return err
	}
	var client dynamic.ResourceInterface = as.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		client = as.Resource(mapping.Resource).Namespace(object.GetNamespace())
	}
	_, err = client.Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	if apierrors.IsAlreadyExists(err) {
		return nil // what every namespace has; it has passed all else
	}
	return err
}
