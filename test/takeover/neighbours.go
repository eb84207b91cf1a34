package takeover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// neighbours are what is live in a namespace, whoever it belongs to: Services, and what their pods belong to.
type neighbours struct {
	services    []corev1.Service
	deployments []appsv1.Deployment
	replicaSets []appsv1.ReplicaSet
	pods        []corev1.Pod
}

func (t *takeover) neighbours(ctx context.Context, namespace string) (*neighbours, error) {
	services, err := t.cluster.Typed.CoreV1().Services(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	deployments, err := t.cluster.Typed.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	sets, err := t.cluster.Typed.AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	pods, err := t.cluster.Typed.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return &neighbours{services.Items, deployments.Items, sets.Items, pods.Items}, nil
}

// predecessor returns the Deployment of another name that serves where one of the chart's, which is not live, will: it alone is
// behind a Service that will lead to the chart's. It is nil if there is none.
func (n *neighbours) predecessor(will *appsv1.Deployment, rendered []*corev1.Service) *appsv1.Deployment {
	for _, s := range rendered {
		live := n.service(s.Name)
		if live == nil || !selects(s.Spec.Selector, will) {
			continue
		}
		if behind := n.behind(live.Spec.Selector); len(behind) == 1 {
			return behind[0]
		}
	}
	return nil
}

func (n *neighbours) service(name string) *corev1.Service {
	if i := slices.IndexFunc(n.services, func(s corev1.Service) bool { return s.Name == name }); i >= 0 {
		return &n.services[i]
	}
	return nil
}

// behind returns the Deployments whose pods a selector finds.
func (n *neighbours) behind(selector map[string]string) []*appsv1.Deployment {
	var found []*appsv1.Deployment
	for i := range n.deployments {
		if selects(selector, &n.deployments[i]) {
			found = append(found, &n.deployments[i])
		}
	}
	return found
}

// refuse returns why what is taken over cannot be told from its neighbours: pods of others behind a Service of the chart, and
// Services of others that lead to its pods.
func (n *neighbours) refuse(taken []*deployment, rendered []*corev1.Service) error {
	var all []error
	for _, s := range rendered {
		selectors := []map[string]string{s.Spec.Selector}
		if live := n.service(s.Name); live != nil {
			selectors = append(selectors, live.Spec.Selector)
		}
		all = append(all, n.refusePods(s.Name, selectors, taken))
	}
	for _, s := range n.services {
		if slices.ContainsFunc(rendered, func(r *corev1.Service) bool { return r.Name == s.Name }) {
			continue
		}
		for _, d := range taken {
			if d.way != stay && selects(s.Spec.Selector, d.was) && !selects(s.Spec.Selector, d.will) {
				all = append(all, fmt.Errorf("%s, which the chart does not render, leads to the pods of Deployment/%s by %s, and to none of the chart's: "+
					"render it in the chart with the selector %s, such as in extraObjects, or delete it",
					"Service/"+s.Name, d.was.Name, labels.FormatLabels(s.Spec.Selector), selectorText(d.will)))
			}
		}
	}
	return errors.Join(all...)
}

// refusePods returns why the pods behind a Service of the chart, by one of two selectors, are not all of the Deployments that
// are taken over.
func (n *neighbours) refusePods(service string, selectors []map[string]string, taken []*deployment) error {
	others := map[string]bool{}
	var deployments []string
	for _, selector := range selectors {
		for _, d := range n.behind(selector) {
			owner := "Deployment/" + d.Name
			if !slices.Contains(deployments, owner) {
				deployments = append(deployments, owner)
			}
			if !slices.ContainsFunc(taken, func(t *deployment) bool { return t.was.Name == d.Name }) {
				others[owner] = true
			}
		}
		for _, pod := range n.pods {
			over := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed || pod.DeletionTimestamp != nil
			if over || len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
				continue
			}
			if owner := n.owner(&pod); !strings.HasPrefix(owner, "Deployment/") {
				others[owner] = true
			}
		}
	}
	if len(others) == 0 {
		return nil
	}
	if len(deployments) > 1 {
		slices.Sort(deployments)
		return fmt.Errorf("%s leads, or would lead by the chart's selector, to the pods of several Deployments (%s), which cannot come under one release: "+
			"the chart renders one Deployment behind its Service. Leave one of them there, and delete the others or change their pods' labels", "Service/"+service, strings.Join(deployments, ", "))
	}
	var names []string
	for owner := range others {
		names = append(names, owner)
	}
	slices.Sort(names)
	return fmt.Errorf("%s leads, or would lead by the chart's selector, to pods of %s, and the chart renders a Deployment: "+
		"only the pods of one Deployment come under it. Take them out of the Service by their labels, or delete them", "Service/"+service, strings.Join(names, ", "))
}

// owner names what makes a pod: its Deployment, or what else controls it; itself if nothing does.
func (n *neighbours) owner(pod *corev1.Pod) string {
	controller := metav1.GetControllerOf(pod)
	if controller == nil {
		return "Pod/" + pod.Name
	}
	for _, set := range n.replicaSets {
		if owner := metav1.GetControllerOf(&set); set.UID == controller.UID && owner != nil {
			return owner.Kind + "/" + owner.Name
		}
	}
	return controller.Kind + "/" + controller.Name
}

// servicesOf returns the Services among objects.
func servicesOf(objects []*unstructured.Unstructured) ([]*corev1.Service, error) {
	var all []*corev1.Service
	for _, object := range objects {
		if !is(object, "", "Service") {
			continue
		}
		s, err := typed[corev1.Service](object)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
