package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// manager is the takeover's own name among an object's field managers.
const manager = "slipway-takeover"

// cluster is where the helm command goes, with its credentials.
type cluster struct {
	namespace string // the release's
	typed     kubernetes.Interface
	dynamic   dynamic.Interface
	mapper    meta.RESTMapper
}

// connect reaches the cluster that Helm's settings name.
func connect(settings map[string]string) (*cluster, error) {
	insecure, _ := strconv.ParseBool(settings["HELM_KUBEINSECURE_SKIP_TLS_VERIFY"])
	overrides := &clientcmd.ConfigOverrides{
		CurrentContext: settings["HELM_KUBECONTEXT"],
		ClusterInfo: clientcmdapi.Cluster{
			Server: settings["HELM_KUBEAPISERVER"], CertificateAuthority: settings["HELM_KUBECAFILE"],
			TLSServerName: settings["HELM_KUBETLS_SERVER_NAME"], InsecureSkipTLSVerify: insecure,
		},
		AuthInfo: clientcmdapi.AuthInfo{
			Token: settings["HELM_KUBETOKEN"], Impersonate: settings["HELM_KUBEASUSER"],
			ImpersonateGroups: strings.FieldsFunc(settings["HELM_KUBEASGROUPS"], func(r rune) bool { return r == ',' }),
		},
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if path := settings["KUBECONFIG"]; path != "" && !strings.Contains(path, ":") {
		rules.ExplicitPath = path
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides).ClientConfig()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	untyped, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &cluster{
		namespace: settings["HELM_NAMESPACE"], typed: typed, dynamic: untyped,
		mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(typed.Discovery())),
	}, nil
}

// resource returns the API of an object's kind, and sets its namespace to the release's if it has none and needs one.
func (c *cluster) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return c.dynamic.Resource(mapping.Resource), nil
	}
	if object.GetNamespace() == "" {
		object.SetNamespace(c.namespace)
	}
	return c.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
}

// get returns what is live of an object's kind and name, nil if nothing is.
func (c *cluster) get(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	api, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	found, err := api.Get(ctx, object.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// operation of a JSON patch, https://www.rfc-editor.org/rfc/rfc6902.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// patch changes a live object, and returns what it becomes.
func (c *cluster) patch(ctx context.Context, object *unstructured.Unstructured, options metav1.PatchOptions, operations ...operation) (*unstructured.Unstructured, error) {
	api, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	options.FieldManager = manager
	changed, err := api.Patch(ctx, object.GetName(), types.JSONPatchType, content, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name(object), err)
	}
	return changed, nil
}

// become returns the operations that make a live object what another one says: its labels, annotations, and all but
// metadata and status.
func become(live, wanted *unstructured.Unstructured) []operation {
	operations := []operation{{"add", "/metadata/labels", wanted.GetLabels()}, {"add", "/metadata/annotations", wanted.GetAnnotations()}}
	for i, o := range operations {
		if o.Value.(map[string]string) == nil {
			operations[i].Value = map[string]string{}
		}
	}
	ours := func(field string) bool {
		return !slices.Contains([]string{"apiVersion", "kind", "metadata", "status"}, field)
	}
	for _, field := range slices.Sorted(maps.Keys(wanted.Object)) {
		if ours(field) {
			operations = append(operations, operation{"add", "/" + field, wanted.Object[field]})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(live.Object)) {
		if _, kept := wanted.Object[field]; !kept && ours(field) {
			operations = append(operations, operation{Op: "remove", Path: "/" + field})
		}
	}
	return operations
}

// eventually waits until check returns nil; the error is the last that it returned. It waits for no less than Helm does by
// itself, however short the command's timeout is: that is for the chart's pods, and all must go back in any case.
func (t *takeover) eventually(ctx context.Context, what string, check func(ctx context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, max(t.helm.command.timeout, helmTimeout), true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("waited for %s: %w", what, errors.Join(err, last))
	}
	return nil
}
