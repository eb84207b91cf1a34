package render_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"gitlab.example.com/platform/slipway/test/render"
)

// changedChart is the chart in another version, with keys that were renamed or removed (entries of
// templates/_renamed.tpl), which its schema admits, instead of its own.
//
// byDefault, if there is any, is the default of serviceAccount.automount in its values.yaml.
func changedChart(t *testing.T, version, entries, byDefault string, admitted ...string) *render.Chart {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(chartDir)))
	change := func(file string, pattern, replacement string) {
		text, err := os.ReadFile(dir + file)
		require.NoError(t, err)
		require.Regexp(t, pattern, string(text))
		require.NoError(t, os.WriteFile(dir+file, regexp.MustCompile(pattern).ReplaceAllLiteral(text, []byte(replacement)), 0o600))
	}
	change("/Chart.yaml", `(?m)^version: .*$`, "version: "+version)
	if entries != "" {
		change("/templates/_renamed.tpl", `(?m)^- \{was: .*$`, entries)
	}
	if byDefault != "" {
		change("/values.yaml", `(?m)^  automount: null$`, "  automount: "+byDefault)
	}
	text, err := os.ReadFile(dir + "/values.schema.json")
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(text, &schema))
	for _, key := range admitted {
		schema["properties"].(map[string]any)[key] = true
	}
	text, err = json.Marshal(schema)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir+"/values.schema.json", text, 0o600))
	changed, err := render.Load(dir)
	require.NoError(t, err)
	return changed
}

func TestRenamedKeys(t *testing.T) {
	const removed = "- {was: colour, since: 0.2.0, until: 1}"
	const withDefault = "- {was: serviceAccount.automountToken, is: serviceAccount.automount, default: false, since: 0.2.0, until: 1}"
	const oldName = "serviceAccount: {automountToken: true}"
	cases := []struct {
		name    string
		version string
		entries string // instead of the chart's own
		def     string // of serviceAccount.automount, if it has one
		values  string
		notice  string // "": none
		mistake string // "": none
		token   bool
	}{
		{name: "the new name", version: "0.2.0", values: "serviceAccount: {automount: true}", token: true},
		{name: "the old name goes on working", version: "0.2.0", values: oldName, token: true,
			notice: "Notice: serviceAccount.automountToken is called serviceAccount.automount since version 0.2.0 of this chart; version 1.0.0 refuses it.\n"},
		{name: "until the next major version", version: "0.99.0", values: oldName, token: true,
			notice: "Notice: serviceAccount.automountToken is called serviceAccount.automount since version 0.2.0 of this chart; version 1.0.0 refuses it.\n"},
		{name: "false is a value too", version: "0.2.0", values: "serviceAccount: {automountToken: false}",
			notice: "Notice: serviceAccount.automountToken is called serviceAccount.automount since version 0.2.0 of this chart; version 1.0.0 refuses it.\n"},
		{name: "null is none", version: "1.0.0", values: "serviceAccount: {automountToken: null}"},
		{name: "both names", version: "0.2.0", values: "serviceAccount: {automount: false, automountToken: true}",
			mistake: "serviceAccount.automountToken: is what serviceAccount.automount was called, and both are set; remove the old name"},
		{name: "the old name, where the new one has a default", version: "0.2.0", entries: withDefault, def: "false", values: oldName, token: true,
			notice: "Notice: serviceAccount.automountToken is called serviceAccount.automount since version 0.2.0 of this chart; version 1.0.0 refuses it.\n"},
		{name: "the new name, which has a default", version: "0.2.0", entries: withDefault, def: "false", values: "serviceAccount: {automount: true}", token: true},
		{name: "neither name, where the new one has a default", version: "0.2.0", entries: withDefault, def: "false"},
		{name: "both names, and the new one is not its default", version: "0.2.0", entries: withDefault, def: "false", values: "serviceAccount: {automount: true, automountToken: false}",
			mistake: "serviceAccount.automountToken: is what serviceAccount.automount was called, and both are set; remove the old name"},
		{name: "refused by the next major version", version: "1.0.0", values: oldName,
			mistake: "serviceAccount.automountToken: is called serviceAccount.automount since version 0.2.0 of this chart; write that"},
		{name: "both names, refused", version: "2.1.0", values: "serviceAccount: {automount: false, automountToken: true}",
			mistake: "serviceAccount.automountToken: is called serviceAccount.automount since version 0.2.0 of this chart; write that"},
		{name: "the new name later", version: "1.0.0", values: "serviceAccount: {automount: true}", token: true},
		{name: "a key that is gone", version: "0.2.0", entries: removed, values: "colour: red",
			notice: "Notice: colour is gone, and changes nothing, since version 0.2.0 of this chart; version 1.0.0 refuses it.\n"},
		{name: "a key that is gone is refused", version: "1.0.0", entries: removed, values: "colour: red",
			mistake: "colour: is gone since version 0.2.0 of this chart; remove it"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			file := t.TempDir() + "/values.yaml"
			require.NoError(t, os.WriteFile(file, []byte(required+c.values), 0o600))
			values, err := render.Layers{Files: []string{file}}.Merge()
			require.NoError(t, err)
			manifests, err := render.Render(t.Context(), changedChart(t, c.version, c.entries, c.def, "colour"), release, values)
			if c.mistake != "" {
				require.Error(t, err)
				_, list, _ := strings.Cut(err.Error(), "\n")
				require.Equal(t, "- "+c.mistake, list)
				return
			}
			require.NoError(t, err)
			_, notice, _ := strings.Cut(manifests.Notes, "Notice: ")
			require.Equal(t, strings.TrimPrefix(c.notice, "Notice: "), notice)
			for made, pod := range pods(t, manifests) {
				require.Equal(t, ptr.To(c.token), pod.Spec.AutomountServiceAccountToken, made)
			}
			account, err := render.Get[*corev1.ServiceAccount](manifests, name)
			require.NoError(t, err)
			require.Equal(t, ptr.To(c.token), account.AutomountServiceAccountToken)
		})
	}
}

// A hook's job may bring an account of its own.
func TestRenamedKeysHoldForJobs(t *testing.T) {
	manifests := rendered(t, yaml("serviceAccount: {automountToken: true}", "jobs: {migrate: {}}"))
	all := pods(t, manifests)
	require.Len(t, all, 2)
	for made, pod := range all {
		require.Equal(t, ptr.To(true), pod.Spec.AutomountServiceAccountToken, made)
	}
	account, err := render.Get[*corev1.ServiceAccount](manifests, name+".migrate")
	require.NoError(t, err)
	require.Equal(t, ptr.To(true), account.AutomountServiceAccountToken)
}

// What the templates know as renamed or gone, the schema admits as deprecated, and the other way round.
func TestRenamedKeysAreDeprecated(t *testing.T) {
	text, err := os.ReadFile(chartDir + "/templates/_renamed.tpl")
	require.NoError(t, err)
	var renamed []string
	for _, entry := range regexp.MustCompile(`(?m)^- \{was: ([^,]+),`).FindAllSubmatch(text, -1) {
		renamed = append(renamed, string(entry[1]))
	}
	require.NotEmpty(t, renamed)

	text, err = os.ReadFile(chartDir + "/values.schema.json")
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(text, &schema))
	require.ElementsMatch(t, renamed, deprecated("", schema))
}

func deprecated(prefix string, schema map[string]any) []string {
	var found []string
	properties, _ := schema["properties"].(map[string]any)
	for key, property := range properties {
		property := property.(map[string]any)
		if property["deprecated"] == true {
			found = append(found, prefix+key)
		}
		found = append(found, deprecated(prefix+key+".", property)...)
	}
	return found
}
