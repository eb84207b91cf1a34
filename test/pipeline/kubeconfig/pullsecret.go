package kubeconfig

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// askPullSecret refuses what would end in ImagePullBackOff, minutes later: no Secret to pull images with, or one without
// a login for the registry.
func (a *access) askPullSecret(ctx context.Context, client kubernetes.Interface, o Options) error {
	if o.PullSecret == "" {
		return nil
	}
	secret, err := client.CoreV1().Secrets(o.Namespace).Get(ctx, o.PullSecret, metav1.GetOptions{})
	create := fmt.Sprintf("An administrator makes it from a config.json that `docker login` has written with a deploy token that can "+
		"read the registry: kubectl create secret generic %s --namespace %s --type %s --from-file %s=config.json",
		o.PullSecret, o.Namespace, corev1.SecretTypeDockerConfigJson, corev1.DockerConfigJsonKey)
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("secret %s, which pods pull their images with, is not there in namespace %s. %s", o.PullSecret, o.Namespace, create)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%s may not read secrets in namespace %s, which Helm keeps its releases in: it is not the deployer's. %s",
			a.tokenName, o.Namespace, o.project())
	case err != nil:
		return fmt.Errorf("secret %s in namespace %s: %w", o.PullSecret, o.Namespace, err)
	case secret.Type != corev1.SecretTypeDockerConfigJson:
		return fmt.Errorf("secret %s in namespace %s is of type %q, and pods pull images with one of type %s alone. %s",
			o.PullSecret, o.Namespace, secret.Type, corev1.SecretTypeDockerConfigJson, create)
	}
	if o.Registry == "" {
		return nil
	}
	var content struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	// The API server lets no other content in.
	if err := json.Unmarshal(secret.Data[corev1.DockerConfigJsonKey], &content); err != nil {
		return fmt.Errorf("secret %s in namespace %s is not what `docker login` writes", o.PullSecret, o.Namespace)
	}
	for name := range content.Auths {
		if registryHost(name) == registryHost(o.Registry) {
			return nil
		}
	}
	return fmt.Errorf("secret %s in namespace %s has no login for %s, only for: %s. %s", o.PullSecret, o.Namespace, o.Registry,
		strings.Join(slices.Sorted(maps.Keys(content.Auths)), ", "), create)
}

// registryHost returns the host and port of a key of a config.json: registry.example.com/team, https://registry.example.com/v1/.
func registryHost(name string) string {
	if !strings.Contains(name, "://") {
		name = "https://" + name
	}
	u, err := url.Parse(name)
	if err != nil {
		return name
	}
	return strings.TrimSuffix(u.Host, ":443")
}
