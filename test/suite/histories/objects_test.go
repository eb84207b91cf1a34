package histories

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// listed are all namespaced kinds, but for those of the histories' own.
var listed []schema.GroupVersionResource

const instance = "app.kubernetes.io/instance"

// each calls do for every object of a release in a namespace that is not on its way out, hooks and what controllers made
// included.
func each(ctx context.Context, namespace, release, group string, do func(*unstructured.Unstructured) error) error {
	kinds := listed
	if group != "" {
		kinds = append(kinds[:len(kinds):len(kinds)], widgets(group))
	}
	for _, kind := range kinds {
		list, err := admin.Dynamic.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue // a definition that was removed
		}
		if err != nil {
			return err
		}
		for i := range list.Items {
			o := &list.Items[i]
			if kind := o.GetKind(); kind == "Endpoints" || kind == "EndpointSlice" { // follow the pods
				continue
			}
			if o.GetDeletionTimestamp() != nil || o.GetLabels()[instance] != release && o.GetAnnotations()["meta.helm.sh/release-name"] != release {
				continue
			}
			if err := do(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// objectsOf are the objects of the release that a client made, by kind and name: what a client wrote of them, with the
// namespace and the tag made the same for all.
func objectsOf(ctx context.Context, namespace, group, tag string) (map[string]any, error) {
	found := map[string]any{}
	err := each(ctx, namespace, model.Name, group, func(o *unstructured.Unstructured) error {
		if len(o.GetOwnerReferences()) > 0 {
			return nil
		}
		text, err := json.Marshal(written(o))
		if err != nil {
			return err
		}
		var content map[string]any
		// A group's name begins with the namespace's.
		same := strings.NewReplacer(cmp.Or(group, "no group"), "GROUP", namespace, "NAMESPACE", ":"+tag+`"`, `:TAG"`)
		if err := json.Unmarshal([]byte(same.Replace(string(text))), &content); err != nil {
			return err
		}
		found[o.GetKind()+"/"+o.GetName()] = content
		return nil
	})
	return found, err
}

// written returns what a client wrote of an object.
func written(object *unstructured.Unstructured) map[string]any {
	content := object.DeepCopy().Object
	delete(content, "status")
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "finalizers"} {
		unstructured.RemoveNestedField(content, "metadata", field)
	}
	for _, annotation := range []string{"deployment.kubernetes.io/revision", "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller"} {
		unstructured.RemoveNestedField(content, "metadata", "annotations", annotation)
	}
	for _, field := range []string{"clusterIP", "clusterIPs", "volumeName"} {
		unstructured.RemoveNestedField(content, "spec", field)
	}
	if ports, found, _ := unstructured.NestedSlice(content, "spec", "ports"); found {
		for _, port := range ports {
			delete(port.(map[string]any), "nodePort")
		}
		_ = unstructured.SetNestedSlice(content, ports, "spec", "ports")
	}
	return content
}

// snapshot is all of a release that stays as it is if nobody acts: with identities, and with its pods.
func snapshot(ctx context.Context, namespace, release string) (map[string]any, error) {
	found := map[string]any{}
	err := each(ctx, namespace, release, "", func(o *unstructured.Unstructured) error {
		content := written(o)
		content["uid"], content["generation"] = o.GetUID(), o.GetGeneration()
		found[o.GetKind()+"/"+o.GetName()] = content
		return nil
	})
	return found, err
}

var fresh = struct {
	sync.Mutex
	installs map[string]func() (map[string]any, error)
}{installs: map[string]func() (map[string]any, error){}}

// freshInstall returns the objects of an install of what the team wants, in which nothing went wrong. It is made once.
func freshInstall(ctx context.Context, p *helmcli.Program, chart string, s model.Service, group string) (map[string]any, error) {
	key := fmt.Sprint(p, chart, s)
	fresh.Lock()
	made := fresh.installs[key]
	if made == nil || s.Widget { // which is another kind in each history
		n := played.Add(1)
		made = sync.OnceValues(func() (map[string]any, error) { return install(context.WithoutCancel(ctx), p, chart, s, group, n) })
		fresh.installs[key] = made
	}
	fresh.Unlock()
	return made()
}

func install(ctx context.Context, p *helmcli.Program, chart string, s model.Service, group string, n int64) (map[string]any, error) {
	of := &project{namespace: fmt.Sprintf("fresh-%d", n), group: group}
	const tag = "dev-0"
	folder, err := os.MkdirTemp("", "slipway-fresh-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	values, err := writeValues(folder, s, model.NoFault, tag, group)
	if err != nil {
		return nil, err
	}
	if err := admin.MakeNamespace(ctx, of.namespace, nil); err != nil {
		return nil, err
	}
	defer func() { _ = admin.Typed.CoreV1().Namespaces().Delete(ctx, of.namespace, metav1.DeleteOptions{}) }()
	helm, err := start(ctx, admin.Kubeconfig, p.Path("helm"), "install", model.Name, chart, "--namespace", of.namespace, "--values", values)
	if err != nil {
		return nil, err
	}
	if code, err := helm.end(ctx); code != 0 || err != nil {
		return nil, fmt.Errorf("a fresh install fails: %v\n%s", err, helm.said.String())
	}
	return objectsOf(ctx, of.namespace, group, tag)
}

// difference says where what is live is not as a fresh install makes it; empty if it is.
func (h *history) difference(ctx context.Context, s model.Service, tag string) (string, error) {
	want, err := freshInstall(ctx, h.program, h.chart, s, h.project.group)
	if err != nil {
		return "", err
	}
	got, err := objectsOf(ctx, h.project.namespace, h.project.group, tag)
	return differences(want, got), err
}
