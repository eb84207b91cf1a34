package follow

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// missing is a right that whoever deploys does not have.
type missing struct{ verb, resource, namespace string }

// Error names the right.
func (m missing) Error() string {
	return fmt.Sprintf("the right to %s %s in namespace %s is missing", m.verb, m.resource, m.namespace)
}

func isMissing(err error) bool {
	_, is := errors.AsType[missing](err)
	return is
}

// asked returns the error of a request, which says plainly what right is missing if that is what is wrong.
func asked(err error, verb, resource, namespace string) error {
	switch {
	case err == nil:
		return nil
	case apierrors.IsForbidden(err):
		return missing{verb, resource, namespace}
	case apierrors.IsNotFound(err):
		return err
	}
	return fmt.Errorf("%s %s in namespace %s: %w", verb, resource, namespace, err)
}

func pods(ctx context.Context, client kubernetes.Interface, namespace string, which metav1.ListOptions) ([]corev1.Pod, error) {
	list, err := client.CoreV1().Pods(namespace).List(ctx, which)
	if err != nil {
		return nil, asked(err, "list", "pods", namespace)
	}
	return list.Items, nil
}

func replicaSets(ctx context.Context, client kubernetes.Interface, namespace string, which metav1.ListOptions) ([]appsv1.ReplicaSet, error) {
	list, err := client.AppsV1().ReplicaSets(namespace).List(ctx, which)
	if err != nil {
		return nil, asked(err, "list", "replicasets", namespace)
	}
	return list.Items, nil
}

// lacks says once that a right is missing, and what follows from it. It returns whether that is what is wrong.
func (f *follower) lacks(err error, consequence string) bool {
	m, is := errors.AsType[missing](err)
	if is && !f.lacking[m] {
		f.lacking[m] = true
		f.sayOnce("%v: %s", m, consequence)
	}
	return is
}

// sayOnce says something that does not come again.
func (f *follower) sayOnce(format string, args ...any) {
	if f.Say != nil {
		f.Say(format, args...)
	}
}
