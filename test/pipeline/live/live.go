// Package live says what a service's release runs in a cluster: image, commit and address, as the cluster has them, and not as a
// tag of the registry, which whoever may push can replace, or a variable says.
package live

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	typed "k8s.io/client-go/kubernetes/typed/apps/v1"
)

// CommitAnnotation is the Deployment's with the commit that it was built from: value provenance.commit of the chart.
const CommitAnnotation = "gitlab-ci/commit"

// Service is what runs of one.
type Service struct {
	// Image of its own container, with its registry, tag and digest.
	Image string
	// Commit that it was deployed as built from; empty if nobody has said.
	Commit string
}

// Look asks the cluster for the release's Deployment that is the chart's: of the release's name, or of another (value
// fullnameOverride) if no second one of the release looks so. Others that the release may have, by extraObjects or a chart that
// depends on this one, are not the service's own. The error says so where there is none.
func Look(ctx context.Context, client kubernetes.Interface, namespace, release string) (Service, error) {
	deployment, err := find(ctx, client.AppsV1().Deployments(namespace), release)
	if err != nil {
		return Service{}, fmt.Errorf("what release %s runs in namespace %s: %w", release, namespace, err)
	}
	image, _ := own(deployment)
	return Service{Image: image, Commit: deployment.Annotations[CommitAnnotation]}, nil
}

func find(ctx context.Context, deployments typed.DeploymentInterface, release string) (*appsv1.Deployment, error) {
	list, err := deployments.List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/instance=" + release})
	if err != nil {
		return nil, err
	}
	var found []*appsv1.Deployment
	for i := range list.Items {
		if _, ok := own(&list.Items[i]); !ok {
			continue
		}
		if list.Items[i].Name == release {
			return &list.Items[i], nil
		}
		found = append(found, &list.Items[i])
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("of its %d Deployments %d could be that of charts/microservice, whose container has the Deployment's name, and none has the release's",
			len(list.Items), len(found))
	}
	return found[0], nil
}

// own returns the image of the service's own container, which has the Deployment's name.
func own(deployment *appsv1.Deployment) (image string, ok bool) {
	for _, container := range deployment.Spec.Template.Spec.Containers {
		if container.Name == deployment.Name {
			return container.Image, true
		}
	}
	return "", false
}

// Address returns the URL of the first host that the objects of a release serve, of an Ingress before an HTTPRoute, with the path
// if it is not the host's root; empty if they serve none.
func Address(objects []*unstructured.Unstructured) string {
	for _, kind := range []string{"Ingress", "HTTPRoute"} {
		for _, object := range objects {
			if object.GetKind() != kind {
				continue
			}
			if address := addressOf(object); address != "" {
				return address
			}
		}
	}
	return ""
}

func addressOf(object *unstructured.Unstructured) string {
	spec, _ := object.Object["spec"].(map[string]any)
	if object.GetKind() == "HTTPRoute" {
		hosts, _, _ := unstructured.NestedStringSlice(spec, "hostnames")
		if len(hosts) == 0 {
			return ""
		}
		return "https://" + hosts[0]
	}
	rules, _, _ := unstructured.NestedSlice(spec, "rules")
	for _, one := range rules {
		rule, _ := one.(map[string]any)
		host, _ := rule["host"].(string)
		if host == "" || strings.HasPrefix(host, "*") {
			continue
		}
		scheme := "http://"
		if tls, _, _ := unstructured.NestedSlice(spec, "tls"); len(tls) > 0 {
			scheme = "https://"
		}
		path := ""
		if paths, _, _ := unstructured.NestedSlice(rule, "http", "paths"); len(paths) > 0 {
			first, _ := paths[0].(map[string]any)
			path, _ = first["path"].(string)
		}
		return scheme + host + strings.TrimSuffix(path, "/")
	}
	return ""
}
