package check_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
)

func TestManifests(t *testing.T) {
	const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	cases := []struct {
		name        string
		files       []check.ManifestFile
		environment string
		objects     int
		want        []string
		says        string
	}{
		{name: "clean", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte("# a comment\n---\n" + configMap + "---\n\n---\n# nothing\n")}}, objects: 1},
		{name: "JSON", files: []check.ManifestFile{{Path: "a.json", Text: []byte(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}`)}}, objects: 1},
		{name: "a field of the second object", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte(configMap + "---\n# another\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\nspec:\n  ports:\n  - port: 80\n  - port: 70000\n    name: a\n")}},
			objects: 2, want: []string{"kubernetes-rules a.yaml:12 Service/b spec.ports[0].name", "kubernetes-rules a.yaml:13 Service/b spec.ports[1].port", "kubernetes-rules a.yaml:13 Service/b spec.ports[1].targetPort"}},
		{name: "no object", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte(configMap + "---\na: b\n")}}, objects: 1, want: []string{"manifest-error a.yaml:5"}, says: "Object 'Kind' is missing"},
		{name: "no YAML", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte("a: b: c\n--- \n" + configMap)}}, objects: 1, want: []string{"manifest-error a.yaml:1"}, says: "mapping values are not allowed"},
		{name: "a name twice", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte(configMap)}, {Path: "b.yaml", Text: []byte("\n\n" + configMap)}}, objects: 2, want: []string{"name-collision b.yaml:3 ConfigMap/a"}, says: "is made twice, by a.yaml:1 and b.yaml:3"},
		{name: "items of a List", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dta: {}}\n")}}, objects: 1, want: []string{"kubernetes-fields a.yaml:1 ConfigMap/a dta"}},
		{name: "a moving tag", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: a\n    resources: {limits: {memory: 1Gi}}\n")}}, objects: 1, environment: "prod", want: []string{"production-mutable-tag a.yaml:7 Pod/a spec.containers[0].image"}},
		{name: "a path twice", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte(ingress("a", "") + "---\n" + ingress("b", ""))}}, objects: 2, want: []string{"route-collision a.yaml:6 Ingress/b"}},
		{name: "a version that is gone", files: []check.ManifestFile{{Path: "a.yaml", Text: []byte("kind: Ingress\napiVersion: networking.k8s.io/v1beta1\nmetadata: {name: a}\n")}}, objects: 1, want: []string{"kubernetes-served a.yaml:2 Ingress/a apiVersion"}},
	}
	settings := all
	settings.PodSecurity = "privileged"
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			checker, err := check.NewChecker(settings)
			require.NoError(t, err)
			result, objects, err := checker.Manifests(t.Context(), check.Release{Service: "a", Environment: c.environment}, c.files)
			require.NoError(t, err)
			require.Equal(t, c.objects, objects)
			var briefs []string
			for _, f := range result.Findings {
				briefs = append(briefs, brief(f))
				require.NotEmpty(t, f.Remedy)
				require.Empty(t, f.Template)
			}
			require.Equal(t, c.want, briefs, "%+v", result.Findings)
			if c.says != "" {
				require.Contains(t, result.Findings[0].Message, c.says)
			}
		})
	}
}
