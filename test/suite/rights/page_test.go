package rights

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/explain"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

var update = flag.Bool("update", false, "rewrite the generated part of docs/rights.md")

const (
	projectPage = "../../../docs/project.md"
	page        = "../../../docs/rights.md"
	pageBegin   = "<!-- Generated: go test ./test/suite/rights -run TestRightsTable -update -->\n"
	pageEnd     = "<!-- End of the generated part. -->\n"
)

var fenced = regexp.MustCompile("(?ms)^```(.+?)\n(.*?)^```$")

// blocksOf returns the blocks of code of one language in a page.
func blocksOf(t *testing.T, page, language string) []string {
	t.Helper()
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	var blocks []string
	for _, match := range fenced.FindAllStringSubmatch(string(content), -1) {
		if match[1] == language {
			blocks = append(blocks, match[2])
		}
	}
	require.NotEmpty(t, blocks, language)
	return blocks
}

// commandsOf returns the single lines of those in docs/rights.md.
func commandsOf(t *testing.T, language string) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(strings.Join(blocksOf(t, page, language), "")), "\n")
}

// Everything that docs/project.md and docs/rights.md tell an administrator to type works, in the order of the page.
func TestPage(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		name := "page-" + p.Tool.Name
		names := strings.NewReplacer("the-project", name, "old-project", "old-"+name)
		w := newTerminal(t, p, admin.Kubeconfig)
		w.Folder = t.TempDir()
		explain.Failure(t, admin.Typed, name)
		writeDockerConfig(t, w.Folder)
		charts, err := filepath.Abs("../../../charts")
		require.NoError(t, err)
		require.NoError(t, os.Symlink(charts, filepath.Join(w.Folder, "charts")))
		w.Env = map[string]string{"PATH": filepath.Dir(p.Path("helm")) + ":" + filepath.Dir(slipway) + ":" + os.Getenv("PATH"), "TMPDIR": w.Folder}
		for _, file := range blocksOf(t, projectPage, "yaml") {
			first, _, _ := strings.Cut(file, "\n")
			path := filepath.Join(w.Folder, names.Replace(strings.TrimPrefix(first, "# ")))
			require.NoError(t, os.WriteFile(path, []byte(names.Replace(file)), 0o600))
		}
		createNamespaceWithPod(t, "old-"+name)

		var said string
		for _, commands := range pageCommands(t) {
			output, err := w.Script(names.Replace(commands))
			require.NoError(t, err)
			said += output.String()
		}
		require.Contains(t, said, `existing pods in namespace "old-`+name+`" violate the new PodSecurity enforce level "restricted:latest"`)
		require.Contains(t, said, "environment dev is namespace "+name+" on ")
		require.Regexp(t, `deployments\.apps +\[\] +\[\] +\[get list watch create patch delete\]`, said)
	})
}

// pageCommands are those of both pages, in their order: a shell goes on in the next block with what it has set. The project is
// removed last.
func pageCommands(t *testing.T) []string {
	t.Helper()
	commands := strings.Join(blocksOf(t, projectPage, "sh"), "")
	before, removed, ok := strings.Cut(commands, "helm uninstall ")
	require.True(t, ok)
	return []string{before, strings.Join(blocksOf(t, page, "sh"), ""), "helm uninstall " + removed}
}

// writeDockerConfig writes what `docker login` would.
func writeDockerConfig(t *testing.T, folder string) {
	t.Helper()
	content := []byte(`{"auths":{"registry.example.com":{"auth":"dXNlcjpwYXNzd29yZA=="}}}`)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "config.json"), content, 0o600))
}

// createNamespaceWithPod makes a namespace as nobody should, with a pod that Pod Security restricted refuses.
func createNamespaceWithPod(t *testing.T, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := admin.Typed.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{})
	require.NoError(t, err)
	eventually.NoError(t, "the namespace's account", func(ctx context.Context) error {
		_, err := admin.Typed.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	_, err = admin.Typed.CoreV1().Pods(name).Create(t.Context(), rootPod(), metav1.CreateOptions{})
	require.NoError(t, err)
}

// TestRightsTable compares the table in docs/rights.md with the chart.
func TestRightsTable(t *testing.T) {
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(content), pageBegin)
	require.True(t, ok, "%s lacks the line %s", page, pageBegin)
	_, after, ok := strings.Cut(rest, pageEnd)
	require.True(t, ok, "%s lacks the line %s", page, pageEnd)

	want := before + pageBegin + rightsTable(t) + pageEnd + after
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(content), "go test ./test/suite/rights -run TestRightsTable -update rewrites it")
}

// rightsTable returns the rights of the chart as Markdown, a line for each rule.
func rightsTable(t *testing.T) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("\n| Feature | Resources | Verbs |\n|---|---|---|\n")
	for _, feature := range append([]string{core}, features(t)...) {
		title := "`" + feature + "`"
		if feature == core {
			title = "always"
		}
		for _, rule := range chartRules(t)[feature] {
			var resources []string
			for _, resource := range rule.Resources {
				resources = append(resources, strings.TrimSuffix(resource+"."+rule.APIGroups[0], "."))
			}
			fmt.Fprintf(&table, "| %s | %s | %s |\n", title, strings.Join(resources, ", "), strings.Join(rule.Verbs, ", "))
		}
	}
	return table.String() + "\n"
}
