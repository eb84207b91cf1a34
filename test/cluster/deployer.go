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
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/wait"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	rbacv1apply "k8s.io/client-go/applyconfigurations/rbac/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	podsecurity "k8s.io/pod-security-admission/api"
)

const (
	deployer = "deployer"
	// editRole is the built-in role that lets its holder deploy into one namespace, and change neither rights nor quota.
	// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
	editRole = "edit"
	// usableTimeout is far more than the controllers take (milliseconds).
	usableTimeout = time.Minute
	// tokenLifetime is that of a deployer who asks for none: a working day.
	tokenLifetime = 24 * time.Hour
)

// DeployerOptions say for whom CreateDeployer makes credentials.
type DeployerOptions struct {
	// Namespace is made if it is missing.
	Namespace string
	// PodSecurity is the Pod Security Standard that the namespace enforces: privileged, baseline or restricted;
	// empty is restricted.
	PodSecurity podsecurity.Level
	// Lifetime of the token; 0 is a day, and Kubernetes allows no less than ten minutes.
	Lifetime time.Duration
}

// CreateDeployer does what an administrator does for a project: the namespace with its Pod Security label, the service
// account "deployer" in it, and a binding of that to the built-in role "edit" in this namespace alone. It returns the
// path of a kubeconfig file (mode 0600, beside the administrator's) with a fresh token of that account, whose default
// namespace is this one, and returns when its rights are in force.
//
// kubeconfig is the administrator's. A second call is fine: it sets again what was changed and renews the token.
func CreateDeployer(ctx context.Context, kubeconfig string, o DeployerOptions) (string, error) {
	path, err := createDeployer(ctx, kubeconfig, o)
	if err != nil {
		return "", fmt.Errorf("deployer of namespace %q: %w", o.Namespace, err)
	}
	return path, nil
}

func createDeployer(ctx context.Context, kubeconfig string, o DeployerOptions) (string, error) {
	if o.PodSecurity == "" {
		o.PodSecurity = podsecurity.LevelRestricted
	}
	if o.Lifetime == 0 {
		o.Lifetime = tokenLifetime
	}
	if err := o.validate(); err != nil {
		return "", err
	}
	client, err := Client(kubeconfig)
	if err != nil {
		return "", err
	}
	if err := o.apply(ctx, client); err != nil {
		return "", err
	}
	seconds := int64(o.Lifetime.Seconds())
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	token, err := client.CoreV1().ServiceAccounts(o.Namespace).CreateToken(ctx, deployer, request, metav1.CreateOptions{})
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

func (o DeployerOptions) validate() error {
	if problems := validation.IsDNS1123Label(o.Namespace); len(problems) > 0 {
		return errors.New("not a namespace's name: " + strings.Join(problems, "; "))
	}
	if _, err := podsecurity.ParseLevel(string(o.PodSecurity)); err != nil {
		return fmt.Errorf("level of Pod Security %q: %w", o.PodSecurity, err)
	}
	return nil
}

// apply brings the namespace, the account and its rights into the wanted state.
func (o DeployerOptions) apply(ctx context.Context, client kubernetes.Interface) error {
	options := metav1.ApplyOptions{FieldManager: "slipway", Force: true}

	namespace := corev1apply.Namespace(o.Namespace).WithLabels(map[string]string{podsecurity.EnforceLevelLabel: string(o.PodSecurity)})
	if _, err := client.CoreV1().Namespaces().Apply(ctx, namespace, options); err != nil {
		return err
	}
	account := corev1apply.ServiceAccount(deployer, o.Namespace)
	if _, err := client.CoreV1().ServiceAccounts(o.Namespace).Apply(ctx, account, options); err != nil {
		return err
	}
	binding := rbacv1apply.RoleBinding(deployer, o.Namespace).
		WithRoleRef(rbacv1apply.RoleRef().WithAPIGroup(rbacv1.GroupName).WithKind("ClusterRole").WithName(editRole)).
		WithSubjects(rbacv1apply.Subject().WithKind(rbacv1.ServiceAccountKind).WithName(deployer).WithNamespace(o.Namespace))
	_, err := client.RbacV1().RoleBindings(o.Namespace).Apply(ctx, binding, options)
	return err
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
