package histories

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
)

// played numbers the histories that this process has played.
var played atomic.Int64

// features of charts/project that the service uses.
var features = []string{"cronJobs", "jobs", "persistentVolumeClaims"}

// project is where a history is played.
type project struct {
	namespace string
	folder    string
	deployer  string // kubeconfig
	// group of the widgets, a kind that only this history knows; empty if it does not.
	group string
}

// makeProject makes a project. Its folder and namespace are removed by its end.
func makeProject(ctx context.Context, seed uint64, widgets bool) (*project, error) {
	p := &project{namespace: fmt.Sprintf("history-%d-%d", seed, played.Add(1))}
	var err error
	if p.folder, err = os.MkdirTemp("", "slipway-history-"); err != nil {
		return nil, err
	}
	args := []string{}
	for _, feature := range features {
		args = append(args, "--set", "deployer.features."+feature+"=true")
	}
	if widgets {
		p.group = p.namespace + ".example.com"
		args = append(args, "--set-json", fmt.Sprintf(`deployer.rules.widgets={"apiGroups":[%q],"resources":["widgets"],"verbs":["get","list","watch","create","patch","delete"]}`, p.group))
		if err := defineWidgets(ctx, p.group); err != nil {
			return p, err
		}
	}
	p.deployer, err = admin.MakeProject(ctx, "../../../charts/project", p.namespace, args...)
	return p, err
}

// end removes the project, and waits for nothing.
func (p *project) end() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = os.RemoveAll(p.folder)
	_ = os.Remove(p.deployer)
	_ = admin.Typed.CoreV1().Namespaces().Delete(ctx, p.namespace, metav1.DeleteOptions{})
	_ = admin.Typed.CoreV1().Secrets("projects").DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "owner=helm,name=" + p.namespace})
	if p.group != "" {
		_ = removeDefinition(ctx, p.group)
	}
}

// loseRight takes the deployer's right to cron jobs, as turning the feature off in charts/project does. An administrator
// leaves none behind that nobody may delete any more.
func (p *project) loseRight(ctx context.Context) error {
	roles := admin.Typed.RbacV1().Roles(p.namespace)
	role, err := roles.Get(ctx, "deployer", metav1.GetOptions{})
	if err != nil {
		return err
	}
	kept := role.Rules[:0]
	for _, rule := range role.Rules {
		if rule.Resources[0] != "cronjobs" {
			kept = append(kept, rule)
		}
	}
	role.Rules = kept
	if _, err := roles.Update(ctx, role, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return admin.Typed.BatchV1().CronJobs(p.namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
}

var definitions = schema.GroupVersionResource{Group: apiextensionsv1.GroupName, Version: "v1", Resource: "customresourcedefinitions"}

// widgets are the custom kind of a history.
func widgets(group string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: "v1", Resource: "widgets"}
}

// defineWidgets defines the kind, and returns when it is served.
func defineWidgets(ctx context.Context, group string) error {
	definition := &apiextensionsv1.CustomResourceDefinition{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition"},
		ObjectMeta: metav1.ObjectMeta{Name: "widgets." + group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: group, Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "widgets", Singular: "widget", Kind: "Widget", ListKind: "WidgetList"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"size": {Type: "integer"}}},
					},
				}},
			}},
		},
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(definition)
	if err != nil {
		return err
	}
	if _, err := admin.Dynamic.Resource(definitions).Create(ctx, &unstructured.Unstructured{Object: content}, metav1.CreateOptions{}); err != nil {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := admin.Dynamic.Resource(widgets(group)).List(ctx, metav1.ListOptions{})
		return err == nil, nil
	})
}

// removeDefinition removes the kind with all objects, and returns when it is not served any more.
func removeDefinition(ctx context.Context, group string) error {
	err := admin.Dynamic.Resource(definitions).Delete(ctx, "widgets."+group, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := admin.Dynamic.Resource(widgets(group)).List(ctx, metav1.ListOptions{})
		return apierrors.IsNotFound(err), nil
	})
}
