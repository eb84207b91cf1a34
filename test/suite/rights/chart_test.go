package rights

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

const (
	projectChart = "../../../charts/project"
	serviceChart = "../../../charts/microservice"
	// coreValues are values of charts/microservice that use no feature.
	coreValues = "testdata/core.yaml"
	// core is what rights.yaml calls the rights that every deployer has.
	core = "core"
)

// featureValues are values of charts/microservice that use a feature.
func featureValues(feature string) string { return "testdata/features/" + feature + ".yaml" }

// chartRights returns what charts/project grants, by feature and under core.
func chartRights(t *testing.T) map[string]rights {
	t.Helper()
	all := map[string]rights{}
	for feature, rules := range chartRules(t) {
		all[feature] = rightsOf(rules)
	}
	return all
}

func chartRules(t *testing.T) map[string][]rbacv1.PolicyRule {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(projectChart, "rights.yaml"))
	require.NoError(t, err)
	var rules map[string][]rbacv1.PolicyRule
	require.NoError(t, yaml.UnmarshalStrict(content, &rules))
	return rules
}

// features returns the features that an administrator can turn on, sorted.
func features(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(projectChart, "values.yaml"))
	require.NoError(t, err)
	var values struct {
		Deployer struct {
			Features map[string]bool `json:"features"`
		} `json:"deployer"`
	}
	require.NoError(t, yaml.Unmarshal(content, &values))
	require.NotEmpty(t, values.Deployer.Features)
	return slices.Sorted(maps.Keys(values.Deployer.Features))
}

// only returns arguments that turn on one feature and all others off; none if it is core.
func only(t *testing.T, feature string) []string {
	t.Helper()
	var args []string
	for _, f := range features(t) {
		args = append(args, "--set", fmt.Sprintf("deployer.features.%s=%v", f, f == feature))
	}
	return args
}

// Every feature that can be turned on has rights, of which every deployer has none, and none is granted twice or as a
// wildcard. Two features may need the same: each can be on without the other.
func TestFeatures(t *testing.T) {
	t.Parallel()
	rules := chartRights(t)
	require.ElementsMatch(t, slices.Sorted(maps.Keys(rules)), append(features(t), core))
	for name, granted := range rules {
		require.NotEmpty(t, granted, name)
		for right := range granted {
			require.NotContains(t, fmt.Sprint(right), "*")
			require.False(t, name != core && rules[core][right], "%s grants %s, which every deployer has", name, right)
		}
		all := 0
		for _, rule := range chartRules(t)[name] {
			all += len(rule.APIGroups) * len(rule.Resources) * len(rule.Verbs)
		}
		require.Len(t, granted, all, "%s grants something twice", name)
	}
}

var kindLine = regexp.MustCompile(`(?m)^kind: (\w+)$`)

// The values that the proof deploys make every kind of object that the chart can make.
func TestEveryKindIsDeployed(t *testing.T) {
	t.Parallel()
	chart, err := render.Load(serviceChart)
	require.NoError(t, err)
	deployed := map[string]bool{
		"Namespace": true, // made only where it is missing, for which no right in a namespace is enough
	}
	for _, feature := range features(t) {
		values, err := render.Layers{Files: []string{coreValues, featureValues(feature)}, Set: []string{"image.tag=dev-1"}}.Merge()
		require.NoError(t, err)
		manifests, err := render.Render(t.Context(), chart, render.Release{Name: "example-microservice", Namespace: "the-project"}, values)
		require.NoError(t, err)
		for _, document := range manifests.Documents {
			deployed[document.Object.GetKind()] = true
		}
	}

	err = filepath.WalkDir(filepath.Join(serviceChart, "templates"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, match := range kindLine.FindAllSubmatch(content, -1) {
			require.True(t, deployed[string(match[1])], "%s makes a %s, which no values in testdata do", path, match[1])
		}
		return err
	})
	require.NoError(t, err)
}
