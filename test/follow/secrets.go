package follow

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/redact"
)

// hide returns what is said of a pod, or what the pod says, without secrets.
func (f *follower) hide(ctx context.Context, pod *corev1.Pod, text string) string {
	if text == "" {
		return ""
	}
	return redact.Text(text, f.known(ctx, pod))
}

// known are the values of the Secrets that a pod reads, as far as the deployer may read them: nobody has to grant that for
// it. What reads a value may print it in words that no pattern knows.
func (f *follower) known(ctx context.Context, pod *corev1.Pod) redact.Known {
	var known redact.Known
	for _, name := range secretsOf(pod) {
		key := pod.Namespace + "/" + name
		values, asked := f.secrets[key]
		if !asked {
			secret, err := f.Client.CoreV1().Secrets(pod.Namespace).Get(ctx, name, metav1.GetOptions{})
			if err == nil {
				values = secret.Data
			}
			if err == nil || apierrors.IsForbidden(err) {
				f.secrets[key] = values // one that is not there may come
			}
		}
		for key, value := range values {
			known.Add(key, string(value))
		}
	}
	return known
}

// secretsOf are the names of the Secrets that a pod reads.
func secretsOf(pod *corev1.Pod) []string {
	var names []string
	add := func(name string) {
		if name != "" {
			names = append(names, name)
		}
	}
	for _, of := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range of {
			for _, from := range c.EnvFrom {
				if from.SecretRef != nil {
					add(from.SecretRef.Name)
				}
			}
			for _, variable := range c.Env {
				if from := variable.ValueFrom; from != nil && from.SecretKeyRef != nil {
					add(from.SecretKeyRef.Name)
				}
			}
		}
	}
	for _, volume := range pod.Spec.Volumes {
		if volume.Secret != nil {
			add(volume.Secret.SecretName)
		}
		if volume.Projected != nil {
			for _, source := range volume.Projected.Sources {
				if source.Secret != nil {
					add(source.Secret.Name)
				}
			}
		}
	}
	return names
}
