package deploy

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
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

// deployer may do in the namespaces concerned what the deployer of a project may.
func deployer(s *scene) string {
	account := newAccount(s.t)
	kubeconfig := kubeconfigOf(s.t, account)
	for _, namespace := range []string{s.namespace, s.target} {
		if namespace == s.namespace || s.before != missing {
			grant(s.t, account, namespace, deployerRules(s.t)...)
			waitForRights(s.t, kubeconfig, namespace)
		}
		if !s.elsewhere {
			break
		}
	}
	return kubeconfig
}

// deployerRules are what charts/project grants every deployer.
func deployerRules(t *testing.T) []rbacv1.PolicyRule {
	t.Helper()
	content, err := os.ReadFile("../../../charts/project/rights.yaml")
	require.NoError(t, err)
	var rules struct {
		Core []rbacv1.PolicyRule `json:"core"`
	}
	require.NoError(t, yaml.Unmarshal(content, &rules))
	require.NotEmpty(t, rules.Core)
	return rules.Core
}

// namespaceVerbs are what each Helm asks of namespaces to make one from a chart.
var namespaceVerbs = perHelm[[]string]{
	helm3: []string{"get", "create"},
	// It waits for what a hook has made, by list and watch.
	helm4: []string{"get", "list", "watch", "create", "patch"},
}

// maker may release into any namespace, and do with namespaces no more than Helm needs to make one.
func maker(s *scene) string {
	return clusterAccount(s.t, append(slices.Clone(workloads), onNamespaces(namespaceVerbs.of(s.program)...))...)
}

// makerWithBoth is maker for both Helms.
func makerWithBoth(s *scene) string {
	return clusterAccount(s.t, append(slices.Clone(workloads), onNamespaces(slices.Concat(namespaceVerbs.helm3, namespaceVerbs.helm4)...))...)
}

// without is maker, but for one verb on namespaces.
func without(verb string) account {
	return func(s *scene) string {
		verbs := slices.DeleteFunc(slices.Clone(namespaceVerbs.of(s.program)), func(v string) bool { return v == verb })
		return clusterAccount(s.t, append(slices.Clone(workloads), onNamespaces(verbs...))...)
	}
}

// blind may release into its namespace, and not look at the Namespace.
func blind(s *scene) string { return namespaceAccount(s.t, s.target, workloads...) }

// stranger is the deployer of another namespace.
func stranger(s *scene) string { return newProject(s.t, s.program, unique("stranger")) }

// administrator may do everything: what a plain namespace template asks for.
func administrator(*scene) string { return admin.Kubeconfig }
