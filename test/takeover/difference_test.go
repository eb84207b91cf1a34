package takeover

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &o.Object))
	return o
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"same":      {"{kind: A, a: [1, 2]}", "{kind: A, a: [1, 2]}", nil},
		"a value":   {"{a: {b: 1}}", "{a: {b: x}}", []string{`~ a.b: 1 -> "x"`}},
		"a list":    {"{a: [1]}", "{a: [1, 2]}", []string{`+ a[?->1]: 2`}},
		"an item":   {"{c: [{name: old, i: 1}]}", "{c: [{name: new, v: [{name: x}]}]}", []string{`+ c[new]: {"name":"new","v":[{"name":"x"}]}`, `- c[old]: {"i":1,"name":"old"}`}},
		"a port":    {"{ports: [{port: 80}]}", "{ports: [{port: 80, name: http}]}", []string{`+ ports[80].name: "http"`}},
		"the order": {"{c: [{name: a}, {name: b}]}", "{c: [{name: b}, {name: a}]}", nil},
		"lines":     {`{a: "x\ny\ny\n"}`, `{a: "y\nx\nz\n"}`, []string{"~ a:\n      - y\n      + z"}},
		"a Secret":  {"{kind: Secret, data: {a: c2VjcmV0, c: YQ==}}", "{kind: Secret, data: {b: c2VjcmV0, c: Yg==}}", []string{`- data.a: "(hidden)"`, `+ data.b: "(hidden)"`, `~ data.c: "(hidden)" -> "(hidden, another)"`}},
		"a secret variable": {`{env: [{name: DB_PASSWORD, value: planted1}, {name: TOKEN, value: planted2}]}`, `{env: [{name: DB_PASSWORD, value: planted3}, {name: API_KEY, value: planted4}]}`, []string{
			`+ env[API_KEY]: {"name":"API_KEY","value":"(hidden)"}`, `~ env[DB_PASSWORD].value: "(hidden)" -> "(hidden, another)"`, `- env[TOKEN]: {"name":"TOKEN","value":"(hidden)"}`}},
		"a secret in a URL": {`{data: {DB: "postgres://a:planted@db/x"}}`, `{data: {DB: "postgres://a:planted2@db/x"}}`, []string{
			`~ data.DB: "postgres://a:(hidden)@db/x" -> "postgres://a:(hidden, another)@db/x"`}},
		"secret lines": {`{data: {c.yml: "a: 1\nencKey: planted\n"}}`, `{data: {c.yml: "a: 1\nencKey: planted2\n"}}`, []string{
			"~ data.c.yml:\n      - encKey: (hidden)\n      + encKey: (hidden)"}},
		"a secret file": {`{data: {password.txt: "planted\nplanted\n"}}`, `{data: {password.txt: "planted2\n"}}`, []string{
			`~ data.password.txt: "(hidden)" -> "(hidden, another)"`}},
		"long text": {"{}", "{a: " + strings.Repeat("ä", 200) + "}", []string{`+ a: "` + strings.Repeat("ä", 99) + "…"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, differences(object(t, c.before), object(t, c.after)))
		})
	}
}
