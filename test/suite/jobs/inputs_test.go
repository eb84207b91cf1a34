package jobs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// input is one that a pipeline file declares under spec:inputs.
type input struct {
	Description string   `json:"description"`
	Type        string   `json:"type"` // string if empty
	Default     any      `json:"default"`
	Options     []string `json:"options"`
	Regex       string   `json:"regex"`
}

// template is a pipeline file that has inputs.
type template struct {
	inputs map[string]*input
	body   string
}

func readTemplate(t *testing.T, path string) template {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	header, body, found := strings.Cut(string(content), "\n---\n")
	require.True(t, found, "%s has no header", path)
	var h struct {
		Spec struct{ Inputs map[string]*input }
	}
	require.NoError(t, yaml.UnmarshalStrict([]byte(header), &h))
	require.NotEmpty(t, h.Spec.Inputs)
	for name, in := range h.Spec.Inputs {
		if in == nil {
			h.Spec.Inputs[name] = &input{}
		}
	}
	return template{inputs: h.Spec.Inputs, body: body}
}

// problems says what GitLab refuses of the inputs that an include gives.
func (p template) problems(given map[string]any) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if in := p.inputs[name]; in == nil {
			problems = append(problems, name+": unknown input")
		} else if problem := in.problem(given[name]); problem != "" {
			problems = append(problems, name+": "+problem)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		if _, ok := given[name]; !ok && p.inputs[name].Default == nil {
			problems = append(problems, name+": required")
		}
	}
	return problems
}

func (in input) problem(value any) string {
	text, isText := value.(string)
	_, isBoolean := value.(bool)
	switch {
	case in.Type == "boolean" && !isBoolean, in.Type == "" && !isText:
		return fmt.Sprintf("%v is of another type", value)
	case len(in.Options) > 0 && !slices.Contains(in.Options, text):
		return fmt.Sprintf("%q is none of %v", text, in.Options)
	case in.Regex != "" && !regexp.MustCompile(in.Regex).MatchString(text):
		return fmt.Sprintf("%q does not match %s", text, in.Regex)
	}
	return ""
}

// The example's few lines, and what they would be refused for. gitlab-ci-local looks at none of it.
func TestInputs(t *testing.T) {
	t.Parallel()
	service := readTemplate(t, "ci/service.yml")
	example := exampleInclude(t)
	require.Empty(t, service.problems(example.Inputs))

	for _, c := range []struct {
		name  string
		value any // nil takes the input away
		says  string
	}{
		{"nmae", "orders", "nmae: unknown input"},
		{"name", nil, "name: required"},
		{"namespace", nil, "namespace: required"},
		{"name", "Orders.API", `name: "Orders.API" does not match`},
		{"name", "orders_api", `name: "orders_api" does not match`},
		{"name", strings.Repeat("a", 54), "does not match"},
		{"name", "$CI_PROJECT_NAME", "does not match"},
		{"namespace", "$CI_PROJECT_NAMESPACE", "does not match"},
		{"namespace", "the-project-$SLIPWAY_ENVIRONMENT", ""},
		{"namespace", "the-project-$ENVIRONMENT", "does not match"},
		{"branches", "dev,stg", "does not match"},
		{"branches", "main|prod", ""},
		{"timeout", "5", "does not match"},
		{"timeout", "26m", "does not match"}, // three times that is not within the job's 90 minutes
		{"timeout", "25m", ""},
		{"helm", "5", `helm: "5" is none of [3 4]`},
		{"helm", 4.0, "is of another type"},
		{"builder", "kaniko", `builder: "kaniko" is none of [buildkit docker buildah]`},
		{"review", "yes", "review: yes is of another type"},
		{"dockerfile", "../Dockerfile; rm -rf /", "does not match"},
		{"values", "deploy $(id)", "does not match"},
		{"pull-secret", "", ""},
		{"kubernetes", "1.34,1.35", ""},
		{"kubernetes", "1.34 1.35", "does not match"},
		{"kubernetes", 1.34, "is of another type"},
	} {
		inputs := maps.Clone(example.Inputs)
		if inputs[c.name] = c.value; c.value == nil {
			delete(inputs, c.name)
		}
		problems := strings.Join(service.problems(inputs), "\n")
		if c.says == "" {
			require.Empty(t, problems)
			continue
		}
		require.Contains(t, problems, c.says, "%s: %v", c.name, c.value)
	}
}

// Each file declares what it uses and uses what it declares, describes it, and its defaults are allowed themselves.
func TestInputsAreDeclared(t *testing.T) {
	t.Parallel()
	builders, err := filepath.Glob(filepath.Join(root, "ci/build/*.yml"))
	require.NoError(t, err)
	paths := []string{"ci/service.yml"}
	for _, builder := range builders {
		paths = append(paths, "ci/build/"+filepath.Base(builder))
	}
	used := regexp.MustCompile(`\$\[\[ *inputs\.([-a-z0-9]+) *\]\]`)
	for _, path := range paths {
		p := readTemplate(t, path)
		found := map[string]bool{}
		for _, match := range used.FindAllStringSubmatch(p.body, -1) {
			found[match[1]] = true
			require.NotNil(t, p.inputs[match[1]], "%s uses input %s, which it does not declare", path, match[1])
		}
		require.Equal(t, strings.Count(p.body, "$[["), len(used.FindAllString(p.body, -1)), "%s: each $[[ is of an input", path)
		for name, in := range p.inputs {
			if path == "ci/service.yml" {
				require.True(t, found[name], "%s declares input %s and does not use it", path, name)
				require.NotEmpty(t, in.Description, "%s: input %s", path, name)
			}
			if in.Default != nil {
				require.Empty(t, in.problem(in.Default), "%s: the default of %s", path, name)
			}
		}
	}

	// The builders are the options, and get what each of them declares.
	service := readTemplate(t, "ci/service.yml")
	var body struct {
		Include []struct {
			Local  string
			Inputs map[string]any
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(service.body), &body))
	require.Len(t, body.Include, 1)
	var names []string
	for _, builder := range paths[1:] {
		names = append(names, strings.TrimSuffix(filepath.Base(builder), ".yml"))
		require.Empty(t, readTemplate(t, builder).problems(body.Include[0].Inputs), builder)
	}
	require.ElementsMatch(t, service.inputs["builder"].Options, names)
	require.Equal(t, "/ci/build/$[[ inputs.builder ]].yml", body.Include[0].Local)
}

// include is the whole of what a service's repository has.
type include struct {
	Project string
	Ref     string
	File    string
	Inputs  map[string]any
}

func exampleInclude(t *testing.T) include {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "test/example-microservice/.gitlab-ci.yml"))
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(content), "\n"), 10)
	var file struct{ Include []include }
	require.NoError(t, yaml.UnmarshalStrict(content, &file))
	require.Len(t, file.Include, 1)
	return file.Include[0]
}

// A ref pins everything: the pipeline names the job image of its own version, which has the chart of that version.
func TestVersions(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "charts/microservice/Chart.yaml"))
	require.NoError(t, err)
	var chart struct{ Version string }
	require.NoError(t, yaml.Unmarshal(content, &chart))
	require.NotEmpty(t, chart.Version)
	require.Equal(t, "$CI_REGISTRY/platform/slipway:"+chart.Version, readTemplate(t, "ci/service.yml").inputs["image"].Default)
	require.Equal(t, include{Project: "platform/slipway", Ref: "v" + chart.Version, File: "/ci/service.yml",
		Inputs: map[string]any{"name": "example-microservice", "namespace": "the-project"}}, exampleInclude(t))

	for _, path := range []string{"ci/service.yml", "ci/image/Dockerfile"} {
		content, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		for _, match := range regexp.MustCompile(`(?:ref: v|platform/slipway:)(\S+)`).FindAllSubmatch(content, -1) {
			require.Equal(t, chart.Version, string(match[1]), path)
		}
	}
}
