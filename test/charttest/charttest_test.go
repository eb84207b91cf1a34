package charttest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/render"
)

const thing = "testdata/thing"

func TestMain(m *testing.M) { Main(m) }

func TestLayers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte("port: 81"), 0o600))
	base := New(t, thing)
	for want, c := range map[int32]*Case{
		80: base,
		81: base.Files(file),
		82: base.Files(file).Values("port: 82"),
		83: base.Values("port: 82", "port: 83"),
		84: base.Set("port=84").Values("port: 83"),
	} {
		require.Equal(t, want, Get[*corev1.Service](c.Render(), "thing").Spec.Ports[0].Port)
	}
}

func TestTypedObjects(t *testing.T) {
	manifests := New(t, thing).Release("shop", "the-project").Values("tested: true").
		Kubernetes("1.31").Scheme(apiextensionsv1.AddToScheme).Render()
	require.Equal(t, "Call it at port 80 with Kubernetes 31.\n", manifests.Notes)
	require.Equal(t, corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}, Get[*corev1.Service](manifests, "shop").Spec)
	require.Len(t, All[*batchv1.Job](manifests), 1)
	require.Len(t, All[*apiextensionsv1.CustomResourceDefinition](manifests), 1)
	None[*appsv1.Deployment](manifests)

	for _, c := range []struct {
		documents []render.Document
		name      string
	}{{manifests.Hooks(), "Job/migrate"}, {manifests.Tests(), "Pod/try"}, {manifests.CRDs(), "CustomResourceDefinition/things.example.com"}} {
		require.Len(t, c.documents, 1)
		require.Equal(t, c.name, c.documents[0].String())
	}

	_, err := get[*corev1.Service](manifests, "thing")
	require.ErrorContains(t, err, `0 objects of type *v1.Service are named "thing" among [ConfigMap/spoilt CustomResourceDefinition/`)
	_, err = all[*corev1.ConfigMap](manifests)
	require.ErrorContains(t, err, `thing/templates/tests.yaml: ConfigMap/spoilt: strict decoding error: unknown field "dada"`)
	_, err = all[*apiextensionsv1.CustomResourceDefinition](New(t, thing).Render())
	require.ErrorContains(t, err, "Case.Scheme adds custom kinds")
}

func TestRefused(t *testing.T) {
	c := New(t, thing)
	c.Values("port: eighty").Refused("port", "got string, want integer")
	c.Values("port: 70000").Refused("port")
	c.Set("headless=true", "ingress=true").Refused("ingress", "leave out headless")

	require.EqualError(t, refusal(nil, "port", nil), "the values are taken, want them refused")
	said := errors.New("at '/image/tag': got string, want integer")
	require.NoError(t, refusal(said, "image.tag", []string{"want integer"}))
	require.ErrorContains(t, refusal(said, "image.name", nil), "the message does not name image.name: at '/image/tag'")
	require.ErrorContains(t, refusal(said, "image.tag", []string{"boolean"}), `the message does not say "boolean"`)

	_, err := c.Values("a: [").Try()
	require.ErrorContains(t, err, "values text 1: ")
	_, err = c.Files("no.yaml").Try()
	require.ErrorContains(t, err, "no.yaml")
	_, err = open("testdata/nothing")
	require.ErrorContains(t, err, "testdata/nothing")
}

func TestGolden(t *testing.T) {
	New(t, thing).Values("headless: true").Render().Golden("headless")

	folder := t.TempDir()
	const written = "kind: Service\nmetadata:\n  name: a\n  labels:\n    helm.sh/chart: thing-1.0.0\nport: 1\n"
	require.ErrorContains(t, golden(folder, "a", written, false), "`go test -update` writes it")
	require.NoError(t, golden(folder, "a", strings.Replace(written, "1.0.0", "2.0.0", 1), true), "another version of the chart")
	require.NoError(t, golden(folder, "a", written, false))
	err := golden(folder, "a", written+"host: b\n", false)
	require.ErrorContains(t, err, "a.yaml is not what is rendered")
	require.Regexp(t, `\+[^"]*"host":[^"]*"b"`, err.Error())
	require.Regexp(t, `\+[^"]*"# c"`, golden(folder, "a", written+"# c\n", false).Error(), "the objects are the same, the text is not")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "old.yaml"), nil, 0o600))
	left, err := orphans(folder)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(folder, "old.yaml")}, left)
}

// Two processes with tests of one chart, and tests side by side in one of them, are one profile.
func TestCoverageOfProcesses(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "profiles")
	for _, tests := range []string{"^TestParts$", "^TestHeadless$"} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", tests)
		command.Env = append(os.Environ(), coverage.Variable+"="+folder)
		output, err := command.CombinedOutput()
		require.NoError(t, err, string(output))
	}
	loaded, err := render.Load(thing)
	require.NoError(t, err)
	chart, err := coverage.New(loaded)
	require.NoError(t, err)
	profile, err := chart.Read(folder)
	require.NoError(t, err)
	by := map[string][]string{}
	for _, arm := range chart.Result(profile).Arms {
		by[arm.String()] = arm.By
	}
	require.Equal(t, map[string][]string{
		"if .Values.headless was never true":  {"test charttest.TestHeadless"},
		"if .Values.headless was never false": {"test charttest.TestParts/a", "test charttest.TestParts/b"},
		"if .Values.ingress was never true":   {"test charttest.TestHeadless"},
		"if .Values.ingress was never false":  nil,
		"if .Values.tested was never true":    {"test charttest.TestParts/b"},
		"if .Values.tested was never false":   {"test charttest.TestHeadless", "test charttest.TestParts/a"},
	}, by)
}

func TestParts(t *testing.T) {
	c := New(t, thing)
	for name, values := range map[string]string{"a": "", "b": "tested: true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.For(t).Values(values).Render()
		})
	}
}

func TestHeadless(t *testing.T) {
	New(t, thing).Set("headless=true", "ingress=true").Refused("ingress")
}
