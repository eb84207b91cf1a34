package render_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/tool"
)

// blocks returns the fenced blocks of a language on a page of docs/.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/" + page)
	require.NoError(t, err)
	var found []string
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllSubmatch(text, -1) {
		found = append(found, string(block[1]))
	}
	return found
}

// runHelm runs a helm in a folder and returns what it prints; what it complains about is in the error.
func runHelm(t *testing.T, helm tool.Tool, dir string, args ...string) (string, error) {
	t.Helper()
	path, err := helm.Path(t.Context(), os.Stderr)
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir, command.Stdout, command.Stderr = dir, &stdout, &stderr
	if err := command.Run(); err != nil {
		return stdout.String(), &helmError{err, stdout.String() + stderr.String()}
	}
	return stdout.String(), nil
}

// helmError is what helm complained about.
type helmError struct {
	exit       error
	complaints string
}

func (e *helmError) Error() string { return e.exit.Error() + ": " + e.complaints }
func (e *helmError) Unwrap() error { return e.exit }

var helms = []tool.Tool{tool.Helm3, tool.Helm4}

// The parent chart of docs/dependency.md, beside the chart that it depends on, and the page's commands.
func TestDependency(t *testing.T) {
	files := blocks(t, "dependency.md", "yaml")
	require.Len(t, files, 2)
	commands := blocks(t, "dependency.md", "sh")
	require.Len(t, commands, 1)
	const given = `
orders: {ports: {http: null}, startupProbe: null, readinessProbe: null, livenessProbe: null, env: {BASE_PATH: null}, lifecycle: null}
`
	cases := []struct {
		name    string
		parent  bool   // null in the parent's own values
		file    string // values given with --values
		set     []string
		want    []string // objects
		mistake string
		check   func(*testing.T, map[string]*appsv1.Deployment, tool.Tool)
	}{
		{name: "both", want: append(dependencyObjects("shop-bills", true), dependencyObjects("shop-orders", true)...), check: func(t *testing.T, made map[string]*appsv1.Deployment, _ tool.Tool) {
			require.Equal(t, "registry.example.com/the-project/orders:dev-1", made["shop-orders"].Spec.Template.Spec.Containers[0].Image)
			require.Equal(t, "registry.example.com/the-project/bills:dev-2", made["shop-bills"].Spec.Template.Spec.Containers[0].Image)
			require.Equal(t, map[string]string{"app": "shop-orders"}, made["shop-orders"].Spec.Selector.MatchLabels)
		}},
		{name: "one off by its condition", set: []string{"bills.enabled=false"}, want: dependencyObjects("shop-orders", true)},
		{name: "one off by its tag", set: []string{"tags.money=false"}, want: dependencyObjects("shop-orders", true)},
		{name: "the condition is stronger than the tag", set: []string{"tags.money=false", "bills.enabled=true", "orders.enabled=false"}, want: dependencyObjects("shop-bills", true)},
		{name: "another name", set: []string{"bills.enabled=false", "orders.fullnameOverride=orders"}, want: dependencyObjects("orders", true)},
		{name: "null in a values file", file: given, set: []string{"bills.enabled=false"}, want: dependencyObjects("shop-orders", false), check: bare},
		{name: "null in the parent's values", parent: true, set: []string{"bills.enabled=false"}, want: dependencyObjects("shop-orders", true),
			check: func(t *testing.T, made map[string]*appsv1.Deployment, helm tool.Tool) {
				container := made["shop-orders"].Spec.Template.Spec.Containers[0]
				require.Equal(t, helm.Name == tool.Helm4.Name, container.Lifecycle != nil)
			}},
		{name: "a misspelt key", set: []string{"bills.replcas=3"}, mistake: "additional properties 'replcas' not allowed"},
		{name: "a mistake", set: []string{"bills.shutdownSeconds=100"}, mistake: "\n- terminationGracePeriodSeconds: 45 is less than"},
	}
	for _, helm := range helms {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(filepath.Join(dir, "microservice"), os.DirFS(chartDir)))
		chart := filepath.Join(dir, "the-project")
		require.NoError(t, os.MkdirAll(filepath.Join(chart, "templates"), 0o755))
		write := func(name, text string) {
			require.NoError(t, os.WriteFile(filepath.Join(chart, name), []byte(text), 0o600))
		}
		write("Chart.yaml", files[0])
		write("values.yaml", files[1])
		t.Run(helm.Name, func(t *testing.T) {
			for command := range strings.Lines(commands[0]) {
				words := strings.Fields(command)
				require.Equal(t, "helm", words[0])
				_, err := runHelm(t, helm, dir, words[1:]...)
				require.NoError(t, err, command)
			}
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					var own map[string]any
					require.NoError(t, sigsyaml.Unmarshal([]byte(files[1]), &own))
					if c.parent {
						own["orders"].(map[string]any)["lifecycle"] = nil
					}
					text, err := sigsyaml.Marshal(own)
					require.NoError(t, err)
					write("values.yaml", string(text))
					args := []string{"template", "shop", "the-project", "--namespace", namespace}
					if c.file != "" {
						file := filepath.Join(t.TempDir(), "given.yaml")
						require.NoError(t, os.WriteFile(file, []byte(c.file), 0o600))
						args = append(args, "--values", file)
					}
					for _, pair := range c.set {
						args = append(args, "--set", pair)
					}
					printed, err := runHelm(t, helm, dir, args...)
					if c.mistake != "" {
						require.ErrorContains(t, err, c.mistake)
						return
					}
					require.NoError(t, err)
					names, deployments := printedObjects(t, printed)
					require.ElementsMatch(t, c.want, names)
					if c.check != nil {
						c.check(t, deployments, helm)
					}
				})
			}
		})
	}
}

// bare requires that the defaults which null removes are gone.
func bare(t *testing.T, made map[string]*appsv1.Deployment, _ tool.Tool) {
	container := made["shop-orders"].Spec.Template.Spec.Containers[0]
	require.Nil(t, container.StartupProbe)
	require.Nil(t, container.ReadinessProbe)
	require.Nil(t, container.LivenessProbe)
	require.Nil(t, container.Lifecycle)
	require.Empty(t, container.Ports)
	for _, variable := range container.Env {
		require.NotEqual(t, "BASE_PATH", variable.Name)
	}
}

// dependencyObjects are what the page's values make of one service.
func dependencyObjects(name string, ports bool) []string {
	objects := []string{"PodDisruptionBudget/" + name, "ServiceAccount/" + name, "Deployment/" + name}
	if ports {
		objects = append(objects, "Service/"+name)
	}
	return objects
}

// printedObjects returns the objects in what helm printed, and the Deployments among them by name.
func printedObjects(t *testing.T, printed string) ([]string, map[string]*appsv1.Deployment) {
	t.Helper()
	var names []string
	deployments := map[string]*appsv1.Deployment{}
	for _, document := range regexp.MustCompile(`(?m)^---$`).Split(printed, -1) {
		var object appsv1.Deployment
		require.NoError(t, sigsyaml.Unmarshal([]byte(document), &object))
		if object.Kind == "" {
			continue
		}
		names = append(names, object.Kind+"/"+object.Name)
		require.Equal(t, namespace, object.Namespace)
		require.Equal(t, object.Name, object.Labels["app"])
		if object.Kind == "Deployment" {
			deployments[object.Name] = &object
		}
	}
	return names, deployments
}
