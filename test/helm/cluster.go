package helm

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

// Cluster is where a command goes, with its credentials.
type Cluster struct {
	// Namespace of the release.
	Namespace string
	// Typed and Dynamic are clients.
	Typed   kubernetes.Interface
	Dynamic dynamic.Interface

	mapper meta.RESTMapper
}

// Connect returns the command's cluster. The error is of a kubeconfig that leads nowhere.
func (c *Command) Connect() (*Cluster, error) {
	getter := c.settings.RESTClientGetter()
	config, err := getter.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	cluster := &Cluster{Namespace: c.Namespace}
	if cluster.Typed, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	if cluster.Dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	cluster.mapper, err = getter.ToRESTMapper()
	return cluster, err
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
