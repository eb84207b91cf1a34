package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const (
	// deployer is the service account that charts/project makes, if its values name no other.
	deployer = "deployer"
	// usableTimeout is far more than the controllers take (milliseconds).
	usableTimeout = time.Minute
	// tokenLifetime is that of a deployer who asks for none: a working day.
	tokenLifetime = 24 * time.Hour
)

// DeployerOptions say whose credentials DeployerKubeconfig writes.
type DeployerOptions struct {
	// Namespace of a project that is there: the one that charts/project has made.
	Namespace string
	// Lifetime of the token; 0 is a day, and Kubernetes allows no less than ten minutes.
	Lifetime time.Duration
}

// DeployerKubeconfig writes a kubeconfig file (mode 0600, beside the administrator's) with a fresh token of a project's
// deployer, whose default namespace is the project's, and returns its path when the deployer's rights are in force.
// charts/project makes the deployer; the error says so where there is none.
//
// kubeconfig is the administrator's. A second call renews the token.
func DeployerKubeconfig(ctx context.Context, kubeconfig string, o DeployerOptions) (string, error) {
	path, err := o.writeKubeconfig(ctx, kubeconfig)
	if err != nil {
		return "", fmt.Errorf("deployer of namespace %q: %w", o.Namespace, err)
	}
	return path, nil
}

func (o DeployerOptions) writeKubeconfig(ctx context.Context, kubeconfig string) (string, error) {
	if o.Lifetime == 0 {
		o.Lifetime = tokenLifetime
	}
	if problems := validation.IsDNS1123Label(o.Namespace); len(problems) > 0 {
		return "", errors.New("not a namespace's name: " + strings.Join(problems, "; "))
	}
	client, err := Client(kubeconfig)
	if err != nil {
		return "", err
	}
	seconds := int64(o.Lifetime.Seconds())
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	token, err := client.CoreV1().ServiceAccounts(o.Namespace).CreateToken(ctx, deployer, request, metav1.CreateOptions{})
	if apierrors.IsNotFound(err) {
		return "", fmt.Errorf("%w; an administrator makes it, here for the environment dev: helm upgrade --install %s charts/project --namespace projects --create-namespace --set environment=dev", err, o.Namespace)
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(kubeconfig), deployer+"-"+o.Namespace+".kubeconfig")
	if err := writeDeployerKubeconfig(path, kubeconfig, o.Namespace, token.Status.Token); err != nil {
		return "", err
	}
	return path, o.waitUsable(ctx, path)
}

// waitUsable returns when the namespace has the service account that pods get, and the API server knows of the
// deployer's rights: both follow a moment after they were asked for.
func (o DeployerOptions) waitUsable(ctx context.Context, kubeconfig string) error {
	client, err := Client(kubeconfig)
	if err != nil {
		return err
	}
	var missing error
	err = wait.PollUntilContextTimeout(ctx, pollInterval, usableTimeout, true, func(ctx context.Context) (bool, error) {
		// The deployer itself asks: that takes its right to.
		_, missing = client.CoreV1().ServiceAccounts(o.Namespace).Get(ctx, "default", metav1.GetOptions{})
		return missing == nil, nil
	})
	if err != nil {
		return fmt.Errorf("not usable: %w; last: %v", err, missing)
	}
	return nil
}

// writeDeployerKubeconfig writes a kubeconfig for the cluster that admin's current context names, with the token and
// nothing of the administrator's.
func writeDeployerKubeconfig(path, admin, namespace, token string) error {
	from, err := clientcmd.LoadFromFile(admin)
	if err != nil {
		return err
	}
	current := from.Contexts[from.CurrentContext]
	if current == nil || from.Clusters[current.Cluster] == nil {
		return fmt.Errorf("%s has no current context with a cluster", admin)
	}

	config := clientcmdapi.NewConfig()
	config.Clusters[current.Cluster] = from.Clusters[current.Cluster]
	config.AuthInfos[deployer] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[namespace] = &clientcmdapi.Context{Cluster: current.Cluster, AuthInfo: deployer, Namespace: namespace}
	config.CurrentContext = namespace

	// A command that runs at this moment reads the old file or the new one, never half of it.
	partial := path + ".partial"
	if err := clientcmd.WriteToFile(*config, partial); err != nil {
		return err
	}
	return os.Rename(partial, path)
}
