package values

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// server asks the API server what it would say to an object, and remembers the answer.
type server struct {
	client  dynamic.Interface
	mapper  meta.RESTMapper
	answers sync.Map // from the hash of an object to an error, or to nil
}

func newServer(config *rest.Config) (*server, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	kinds, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	groups, err := restmapper.GetAPIGroupResources(kinds)
	if err != nil {
		return nil, err
	}
	return &server{client: client, mapper: restmapper.NewDiscoveryRESTMapper(groups)}, nil
}

// refusal is what the server says against an object; nil if it would create it. Fields that it does not know count.
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
	err = s.ask(ctx, object)
	s.answers.Store(hash, struct{ error }{err}.error)
	return err
}

func (s *server) ask(ctx context.Context, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	mapping, err := s.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return err
	}
	var client dynamic.ResourceInterface = s.client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		client = s.client.Resource(mapping.Resource).Namespace(object.GetNamespace())
	}
	_, err = client.Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	if apierrors.IsAlreadyExists(err) {
		return nil // what every namespace has; it has passed all else
	}
	return err
}

// defaultAccount waits for the account that pods have by default.
func defaultAccount(ctx context.Context, client kubernetes.Interface, namespace string) error {
	return wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}
