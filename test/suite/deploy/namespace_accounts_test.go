package deploy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// account returns the kubeconfig that Helm gets in a scene.
type account func(*scene) string

// account returns the least that the setting calls for: one that may make namespaces, or the namespace's deployer.
func (s setting) account() account {
	if s.before == missing || s.before == terminating || s.option == createNamespace {
		return maker
	}
	return deployer
}

// deployer is the deployer of the release's namespace, who holds "edit" in the target too.
func deployer(s *scene) string {
	kubeconfig := deployerOf(s.t, s.namespace)
	if s.elsewhere && s.before != missing {
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "deployer", Namespace: s.namespace}}
		bind(s.t, account, s.target, rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"})
		waitForRights(s.t, kubeconfig, s.target)
	}
	return kubeconfig
}

// maker may release into any namespace, and do with namespaces no more than Helm needs to make one.
func maker(s *scene) string {
	return clusterAccount(s.t, append(slices.Clone(workloads), onNamespaces(s.program.namespaceVerbs...))...)
}

// makerWithBoth is maker for both Helms.
func makerWithBoth(s *scene) string {
	return clusterAccount(s.t, append(slices.Clone(workloads), onNamespaces(slices.Concat(helm3.namespaceVerbs, helm4.namespaceVerbs)...))...)
}

// without is maker, but for one verb on namespaces.
func without(verb string) account {
	return func(s *scene) string {
		verbs := slices.DeleteFunc(slices.Clone(s.program.namespaceVerbs), func(v string) bool { return v == verb })
		return clusterAccount(s.t, append(slices.Clone(workloads), onNamespaces(verbs...))...)
	}
}

// blind may release into its namespace, and not look at the Namespace.
func blind(s *scene) string { return namespaceAccount(s.t, s.target, workloads...) }

// stranger is the deployer of another namespace.
func stranger(s *scene) string { return deployerOf(s.t, unique("stranger")) }

// administrator may do everything: what a plain namespace template asks for.
func administrator(*scene) string { return admin.kubeconfig }
