package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"
)

// server is asked what it would do, as a client of its API would that sends texts as they are.
type server struct {
	client    *rest.RESTClient
	discovery *discovery.DiscoveryClient
	mapper    meta.RESTMapper
}

func newServer(config *rest.Config) (*server, error) {
	unversioned := rest.CopyConfig(config)
	unversioned.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(unversioned)
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
	return &server{client: client, discovery: kinds, mapper: restmapper.NewDiscoveryRESTMapper(groups)}, nil
}

// path of the objects of the kind in an object's namespace.
func (s *server) path(object *unstructured.Unstructured) (string, error) {
	kind := object.GroupVersionKind()
	mapping, err := s.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return "", err
	}
	path := "/apis/" + mapping.Resource.GroupVersion().String()
	if mapping.Resource.Group == "" {
		path = "/api/" + mapping.Resource.Version
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		in := object.GetNamespace()
		if in == "" {
			in = namespace
		}
		path += "/namespaces/" + in
	}
	return path + "/" + mapping.Resource.Resource, nil
}

// create returns what the server says against creating what a text says; nil if it would.
func (s *server) create(ctx context.Context, text []byte, dryRun bool) error {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &object.Object); err != nil {
		return err
	}
	if object.GetKind() == "" || object.GetAPIVersion() == "" {
		return errors.New("no kind: there is nowhere to send it")
	}
	path, err := s.path(object)
	if err != nil {
		return err
	}
	request := s.client.Post().AbsPath(path).Param("fieldValidation", metav1.FieldValidationStrict).SetHeader("Content-Type", "application/yaml").Body(text)
	if dryRun {
		request = request.Param("dryRun", metav1.DryRunAll)
	}
	return request.Do(ctx).Error()
}

// live returns an object as the server has it, as JSON.
func (s *server) live(ctx context.Context, object *unstructured.Unstructured) ([]byte, error) {
	path, err := s.path(object)
	if err != nil {
		return nil, err
	}
	return s.client.Get().AbsPath(path, object.GetName()).SetHeader("Accept", "application/json").Do(ctx).Raw()
}

// patch returns what the server says against a patch; nil if it would apply it.
func (s *server) patch(ctx context.Context, object *unstructured.Unstructured, kind types.PatchType, patch []byte) error {
	path, err := s.path(object)
	if err != nil {
		return err
	}
	return s.client.Patch(kind).AbsPath(path, object.GetName()).Param("dryRun", metav1.DryRunAll).Param("fieldValidation", metav1.FieldValidationStrict).Body(patch).Do(ctx).Error()
}

// causes are what an error says of each field, as the server writes it; nil if it does not speak of fields.
func causes(err error) []string {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	var said []string
	for _, cause := range status.Status().Details.Causes {
		path := cause.Field + ": "
		if cause.Field == "<nil>" {
			path = ""
		}
		said = append(said, fmt.Sprint(path, cause.Message))
	}
	return said
}

// What takes a moment in the cluster takes this long at most, and is looked at as often.
const (
	eventually = time.Minute
	soon       = 20 * time.Millisecond
)
