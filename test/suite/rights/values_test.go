package rights

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

// renderProject renders charts/project for an environment, with values on top.
func renderProject(t *testing.T, release render.Release, values string) (render.Manifests, error) {
	t.Helper()
	chart, err := render.Load(projectChart)
	require.NoError(t, err)
	given := map[string]any{"environment": "dev"}
	var more map[string]any
	require.NoError(t, yaml.UnmarshalStrict([]byte(values), &more))
	maps.Copy(given, more)
	return render.Render(t.Context(), chart, release, given)
}

var theProject = render.Release{Name: "the-project", Namespace: projects}

func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		release render.Release
		values  string
		want    []string // a part of each line
	}{
		"no environment": {
			values: `environment: ""`,
			want:   []string{"environment: is empty; write"},
		},
		"the release's own namespace": {
			release: render.Release{Name: "the-project", Namespace: "the-project"},
			want:    []string{"the release's name: the-project is the namespace that the release itself is in"},
		},
		"the same, by namespace.name": {
			values: `namespace: {name: projects}`,
			want:   []string{"namespace.name: projects is the namespace that the release itself is in"},
		},
		"a namespace of the cluster": {
			values: `namespace: {name: kube-system}`,
			want:   []string{"namespace.name: kube-system is one of the cluster's own namespaces"},
		},
		"a release's name that no namespace can have": {
			release: render.Release{Name: "the.project", Namespace: projects},
			want:    []string{"the release's name: the.project is no name of a namespace"},
		},
		"every pod a deployer": {
			values: `deployer: {name: default}`,
			want:   []string{"deployer.name: default is the account of every pod that names none"},
		},
		"a store without key": {
			values: `pullSecret: {externalSecret: {store: vault}}`,
			want:   []string{"pullSecret.externalSecret.key: is empty"},
		},
		"a key without store": {
			values: `pullSecret: {externalSecret: {key: a/b}}`,
			want:   []string{"pullSecret.externalSecret.store: is empty"},
		},
		"a store for nothing": {
			values: `pullSecret: {name: "", externalSecret: {store: vault, key: a/b}}`,
			want:   []string{"pullSecret.name: is empty"},
		},
		"allowed where nothing is denied": {
			values: `networkPolicy: {defaultDeny: false, allowedNamespaces: {ingress-nginx: true}}`,
			want:   []string{"networkPolicy.allowedNamespaces: has no effect"},
		},
		"several at once": {
			values: `{environment: "", deployer: {name: default}}`,
			want:   []string{"environment: is empty", "deployer.name: default is"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.release == (render.Release{}) {
				test.release = theProject
			}
			_, err := renderProject(t, test.release, test.values)
			require.Error(t, err)
			for _, want := range test.want {
				require.ErrorContains(t, err, "\n- "+want)
			}
			require.Equal(t, len(test.want), strings.Count(err.Error(), "\n- "), err)
		})
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]string{
		"an unknown feature":       `deployer: {features: {ingres: true}}`,
		"a feature that is a text": `deployer: {features: {ingress: "yes"}}`,
		"an unknown level":         `podSecurity: strict`,
		"a password":               `pullSecret: {password: secret}`,
		"an unknown limit":         `limits: {Container: {maximum: {memory: 1Gi}}}`,
		"an unknown type of limit": `limits: {container: {max: {memory: 1Gi}}}`,
		"no quantity":              `quota: {requests.memory: 8GB}`,
		"half a rule":              `deployer: {rules: {x: {apiGroups: [""], resources: [pods]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := renderProject(t, theProject, values)
			require.ErrorContains(t, err, "values don't meet the specifications of the schema(s)")
		})
	}
}

// Null removes what an earlier values file has set.
func TestNull(t *testing.T) {
	t.Parallel()
	manifests, err := renderProject(t, theProject, `
client: internal
namespace: {name: null, labels: {a: null, b: c}, annotations: null}
deployer: {rules: {x: null}}
pullSecret: {name: null, externalSecret: {store: null}}
quota: {pods: null}
limits: {Container: null}
networkPolicy: {allowedNamespaces: {old: null}}
`)
	require.NoError(t, err)
	var made []string
	for _, document := range manifests.Documents {
		made = append(made, document.String())
	}
	require.ElementsMatch(t, []string{
		"Namespace/the-project", "NetworkPolicy/the-project", "ServiceAccount/deployer", "Role/deployer", "RoleBinding/deployer",
	}, made)
	namespace, err := render.Get[*corev1.Namespace](manifests, "the-project")
	require.NoError(t, err)
	require.NotContains(t, namespace.Labels, "a")
	require.Equal(t, "c", namespace.Labels["b"])
}

// The namespace's name is that of the project, whatever the release's.
func TestNamespaceName(t *testing.T) {
	t.Parallel()
	manifests, err := renderProject(t, theProject, `namespace: {name: another}`)
	require.NoError(t, err)
	for _, document := range manifests.Documents {
		if document.Object.GetKind() == "Namespace" {
			require.Equal(t, "another", document.Object.GetName())
		} else {
			require.Equal(t, "another", document.Object.GetNamespace(), document)
		}
		require.Equal(t, "another", document.Object.GetLabels()["app.kubernetes.io/name"])
	}
}

// Labels say whose and where; only warnings may be set apart from podSecurity.
func TestNamespaceLabels(t *testing.T) {
	t.Parallel()
	manifests, err := renderProject(t, theProject, `
client: acme
podSecurity: baseline
namespace: {labels: {env: mine, pod-security.kubernetes.io/warn: restricted}}
`)
	require.NoError(t, err)
	namespace, err := render.Get[*corev1.Namespace](manifests, "the-project")
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"app.kubernetes.io/instance":         "the-project",
		"app.kubernetes.io/managed-by":       "Helm",
		"app.kubernetes.io/name":             "the-project",
		"client":                             "acme",
		"env":                                "dev",
		"helm.sh/chart":                      "project-0.2.0",
		"pod-security.kubernetes.io/audit":   "baseline",
		"pod-security.kubernetes.io/enforce": "baseline",
		"pod-security.kubernetes.io/warn":    "restricted",
	}, namespace.Labels)
}
