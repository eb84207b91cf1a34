package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// The commands of docs/fleet-upgrade.md, with three services and two versions: the newer one has another label on pods
// where a service has an Ingress, and refuses values that one of the services has.
func TestFleetUpgradePage(t *testing.T) {
	page := readPage(t, "docs/fleet-upgrade.md")
	helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
		folder := t.TempDir()
		w := newTerminal(t, p)
		w.Env = map[string]string{
			"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "platform",
			"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "platform@example.com",
		}
		run := func(in, lines string) helmcli.Output {
			w.Folder = filepath.Join(folder, in)
			require.NoError(t, os.MkdirAll(w.Folder, 0o755))
			output, err := w.Script(lines)
			require.NoError(t, err)
			return output
		}
		write := func(name, content string) {
			path := filepath.Join(folder, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		}

		// The platform's repository, with its two versions.
		for _, part := range []string{"charts/microservice", "ci/platform"} {
			require.NoError(t, os.CopyFS(filepath.Join(folder, "slipway", part), os.DirFS(filepath.Join(root, part))))
		}
		run("slipway", "sed -i 's/^version: .*/version: 0.2.0/' charts/microservice/Chart.yaml; git init --quiet; git add .; git commit --quiet --message old; git tag v0.2.0")
		write("slipway/charts/microservice/templates/more.yaml", `{{ if .Values.env.REFUSED }}{{ fail "env.REFUSED: is gone; remove it" }}{{ end }}`)
		run("slipway", `sed -i 's/^version: .*/version: 0.3.0/' charts/microservice/Chart.yaml
			sed -i '/| include "microservice.yaml" }}$/a {{- if .root.Values.ingress.enabled }}\nreached: "true"\n{{- end }}' charts/microservice/templates/_labels.tpl
			git add .; git commit --quiet --message new; git tag v0.3.0`)

		// The services.
		for name, values := range map[string]string{"plain": "{}", "reached": "ingress: {enabled: true, hosts: {api: {paths: {/: {}}}}}", "refused": "env: {REFUSED: 1}"} {
			write("services/"+name+"/deploy/values.yaml", values)
			write("services/"+name+"/deploy/values-prod.yaml", "{}")
			write("services/"+name+"/.gitlab-ci.yml", page["yaml"][0])
		}

		said := run("slipway", page["sh"][0])
		require.Equal(t, 1, strings.Count(said.Stdout, "refused by"))
		require.Contains(t, said.Stdout, "\nrefused: refused by new")
		require.Contains(t, said.Stderr, "env.REFUSED: is gone; remove it")

		w.Folder = filepath.Join(folder, "slipway")
		which, what, _ := strings.Cut(page["sh differences"][0], "\n")
		said, err := w.Script(which)
		require.ErrorContains(t, err, "exit status 1", "diff says by it that something is different")
		require.Regexp(t, `^Files ../old.rendered/reached.yaml and ../new.rendered/reached.yaml differ
Files ../old.rendered/refused.yaml and ../new.rendered/refused.yaml differ$`, said.Stdout)
		said, err = w.Script(what)
		require.ErrorContains(t, err, "exit status 1")
		require.Regexp(t, `(?m)^\+ +reached: "true"$`, said.Stdout)
		require.NotContains(t, said.Stdout, "plain.yaml")
		// What is ignored is there, and nowhere else than on objects.
		said, err = w.Script(strings.Replace(what, "--ignore-matching-lines 'helm.sh/chart: '", "", 1))
		require.ErrorContains(t, err, "exit status 1")
		require.Contains(t, said.Stdout, "new.rendered/plain.yaml")
		require.NotRegexp(t, `(?m)^\+ {6,}helm\.sh/chart`, said.Stdout)

		// One service's merge request, and the way back.
		run("gitlab", "git init --quiet --bare --initial-branch dev; git config receive.advertisePushOptions true")
		run("services/plain", "git init --quiet --initial-branch dev; git add .; git commit --quiet --message first; git remote add origin ../../gitlab; git push --quiet origin dev")
		run("services/plain", page["sh bump"][0])
		require.Contains(t, run("gitlab", "git show slipway-v0.3.0:.gitlab-ci.yml").Stdout, "ref: v0.3.0")
		run("services/plain", "git push --quiet origin HEAD:dev") // merged
		run("services/plain", page["sh back"][0])
		require.Contains(t, run("gitlab", "git show dev:.gitlab-ci.yml").Stdout, "ref: v0.2.0")
	})
}

var fenced = regexp.MustCompile("(?ms)^```([^\n]+)\n(.*?)^```$")

// readPage returns the blocks of code of a page, by what stands behind the fence.
func readPage(t *testing.T, path string) map[string][]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	blocks := map[string][]string{}
	for _, match := range fenced.FindAllStringSubmatch(string(content), -1) {
		blocks[match[1]] = append(blocks[match[1]], match[2])
	}
	return blocks
}
