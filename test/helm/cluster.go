package helm

import (
	"context"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Cluster is where a command goes, with its credentials.
type Cluster struct {
	// Namespace of the release.
	Namespace string
	// Typed and Dynamic are clients.
	Typed   kubernetes.Interface
	Dynamic dynamic.Interface

	mapper meta.RESTMapper
	config *rest.Config
}

// Connect returns the command's cluster. The error is of a kubeconfig that leads nowhere.
func (c *Command) Connect() (*Cluster, error) {
	getter := c.settings.RESTClientGetter()
	config, err := getter.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	mapper, err := getter.ToRESTMapper()
	if err != nil {
		return nil, err
	}
	return newCluster(c.Namespace, config, mapper)
}

func newCluster(namespace string, config *rest.Config, mapper meta.RESTMapper) (*Cluster, error) {
	cluster := &Cluster{Namespace: namespace, mapper: mapper, config: config}
	var err error
	if cluster.Typed, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	cluster.Dynamic, err = dynamic.NewForConfig(config)
	return cluster, err
}

// Guarded returns the same cluster, with clients that ask for leave before each request that may change something. The
// request fails with the error of leave.
func (c *Cluster) Guarded(leave func(ctx context.Context) error) (*Cluster, error) {
	config := rest.CopyConfig(c.config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return guarded{next, leave} })
	return newCluster(c.Namespace, config, c.mapper)
}

// guarded asks for leave before it sends a request that may change something.
type guarded struct {
	http.RoundTripper
	leave func(ctx context.Context) error
}

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		if err := g.leave(r.Context()); err != nil {
			if r.Body != nil {
				r.Body.Close()
			}
			return nil, err
		}
	}
	return g.RoundTripper.RoundTrip(r)
}

// Context is the name of the kubeconfig's context that the command names; empty if it names none.
func (c *Command) Context() string { return c.settings.KubeContext }

// Records returns those of a release.
func (c *Cluster) Records(release string) Records {
	return Records{secrets: c.Typed.CoreV1().Secrets(c.Namespace), release: release}
}

// Resource returns the API of an object's kind, and sets its namespace to the release's if it has none and needs one.
func (c *Cluster) Resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return c.Dynamic.Resource(mapping.Resource), nil
	}
	if object.GetNamespace() == "" {
		object.SetNamespace(c.Namespace)
	}
	return c.Dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
}

// Get returns what is live of an object's kind and name, nil if nothing is.
func (c *Cluster) Get(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	api, err := c.Resource(object)
	if err != nil {
		return nil, err
	}
	found, err := api.Get(ctx, object.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}
