package values

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
)

// same is the version of the embedded cluster.
const same = kubernetes.Version("1.37")

// wholly is in how many cases slipway check goes all the way once, from the file to the findings, in which it looks for the
// line of each. In all others the objects are judged alone.
const wholly = 20

// drawn is a case.
type drawn struct {
	values map[string]any
	wholly bool
}

// asked counts the objects of cases that the server was asked about, and what it said.
type asked struct{ cases, objects, refused, refusedCases int }

func (a *asked) add(b asked) {
	a.cases, a.objects, a.refused, a.refusedCases = a.cases+b.cases, a.objects+b.objects, a.refused+b.refused, a.refusedCases+b.refusedCases
}

// What the chart passes to Kubernetes is drawn from its types alone, so that the server refuses much of it. slipway check
// refuses the same objects.
func TestCheckPredictsWhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	seed := *start
	if seed == 0 {
		seed = rand.Uint64()
	}
	again := fmt.Sprintf("go test ./test/suite/values -run %s -cases %d -seed %d", t.Name(), *cases, seed)
	t.Log(again)
	chart, err := render.Load(chartDir)
	require.NoError(t, err)
	g := newGenerator(t, chartDir, seed)
	g.allWild, g.wildness, g.foci = true, 30, 4
	g.wanted = slices.DeleteFunc(g.root.all()[1:], func(k *key) bool { return !k.passed || meaningless(k) })
	objects := wellKnown(t)

	drafts := make(chan drawn)
	group, ctx := errgroup.WithContext(t.Context())
	group.Go(func() error {
		defer close(drafts)
		for n := range *cases {
			values := g.next().values
			if g.chance(3) {
				values["extraObjects"] = map[string]any{"spoilt": g.spoil(pick(g, objects...))}
			}
			select {
			case drafts <- drawn{values, n%wholly == 0}:
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	var mutex sync.Mutex
	var total asked
	differ := map[string]string{}
	for range runtime.GOMAXPROCS(0) + 1 {
		judge, err := newJudge(t, chart)
		require.NoError(t, err)
		group.Go(func() error {
			for d := range drafts {
				counted, why := judge.disagreement(ctx, d)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				mutex.Lock()
				total.add(counted)
				_, known := differ[gistOf(why)]
				full := len(differ) >= mostBugs
				mutex.Unlock()
				if why == nil || known || full {
					continue
				}
				small, why := judge.shrink(ctx, d, why)
				written, err := yaml.Marshal(small)
				if err != nil {
					return err
				}
				mutex.Lock()
				differ[gistOf(why)] = fmt.Sprintf("%v\nof the values\n%s", why, written)
				t.Log(differ[gistOf(why)]) // at once: a long run may be stopped
				mutex.Unlock()
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())

	t.Logf("of %d cases %d were rendered, of which the server refuses %d; of their %d objects it refuses %d; %d times the deployer had no right to ask",
		*cases, total.cases, total.refusedCases, total.objects, total.refused, api.beyond.Load())
	assert.Empty(t, slices.Collect(maps.Values(differ)), again)
	assert.Greater(t, total.cases, *cases*2/3, "cases that do not get to the server: "+again)
	assert.Greater(t, total.refusedCases, total.cases/5, "too few are refused to say anything: "+again)
	assert.Greater(t, total.cases-total.refusedCases, total.cases/5, "too few are admitted to say anything: "+again)
}

// wellKnown are valid objects of many kinds, as extraObjects may hold them.
func wellKnown(t *testing.T) (objects []map[string]any) {
	files, err := filepath.Glob("../check/testdata/objects/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var object map[string]any
		require.NoError(t, yaml.Unmarshal(text, &object))
		objects = append(objects, object)
	}
	return objects
}

// spoil returns a copy of an object in which one field has another value, or one that the kind does not have.
func (g *generator) spoil(object map[string]any) map[string]any {
	value := any(object)
	var path []any
	for {
		var steps []any
		switch value := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				// Another kind is another object.
				if len(path) > 0 || name != "kind" && name != "apiVersion" {
					steps = append(steps, name)
				}
			}
			if g.chance(12) {
				steps = []any{"noSuchField"}
			}
		case []any:
			for i := range value {
				steps = append(steps, i)
			}
		}
		if len(steps) == 0 || len(path) > 1 && g.chance(6) {
			return g.with(object, path).(map[string]any)
		}
		step := pick(g, steps...)
		path = append(path, step)
		switch in := value.(type) {
		case map[string]any:
			value = in[step.(string)]
		case []any:
			value = in[step.(int)]
		}
	}
}

// with returns a copy of a value that has something drawn at a path.
func (g *generator) with(value any, path []any) any {
	if len(path) == 0 {
		return pick[any](g, "", "a", "Not Valid!", "-1", 0.0, -1.0, 1.0, 80.5, 1e10, true, "1Gi", []any{}, map[string]any{}, map[string]any{"a": "b"}, []any{"a"}, strings.Repeat("a", 300), value)
	}
	switch of := value.(type) {
	case map[string]any:
		copied := maps.Clone(of)
		name := path[0].(string)
		copied[name] = g.with(of[name], path[1:])
		return copied
	case []any:
		copied := slices.Clone(of)
		copied[path[0].(int)] = g.with(of[path[0].(int)], path[1:])
		return copied
	}
	return value
}

// judge asks the server and slipway check about values.
type judge struct {
	chart   *render.Chart
	checker *check.Checker
	file    string // that the values are written to
}

func newJudge(t *testing.T, chart *render.Chart) (*judge, error) {
	checker, err := check.NewChecker(check.Settings{Versions: []string{string(same)}})
	return &judge{chart: chart, checker: checker, file: filepath.Join(t.TempDir(), "values.yaml")}, err
}

// difference is an object of which the two do not say the same.
type difference struct {
	object string
	server error
	here   string
}

func (d *difference) Error() string {
	return fmt.Sprintf("%s\n  server: %.1000v\n  here:   %.1000s", d.object, d.server, d.here)
}

// gistOf is the same for differences of one sort.
func gistOf(err error) string {
	var d *difference
	if !errors.As(err, &d) {
		return fmt.Sprint(err)
	}
	kind, _, _ := strings.Cut(d.object, "/")
	said := d.server
	if said == nil {
		said = errors.New(d.here)
	}
	return fmt.Sprint(kind, d.server == nil, gist(said))
}

// disagreement returns the first difference; what Helm refuses is no object that a server could be asked about.
func (j *judge) disagreement(ctx context.Context, d drawn) (asked, error) {
	manifests, err := render.Render(ctx, j.chart, render.Release{Name: releaseName, Namespace: unrestricted}, d.values)
	if err != nil {
		return asked{}, nil
	}
	counted := asked{cases: 1}
	refused := map[string]error{} // by object, as findings name it
	for _, document := range manifests.Documents {
		server, here, err := verdicts(ctx, document)
		if err != nil {
			return counted, err
		}
		counted.objects++
		if server != nil {
			counted.refused++
			counted.refusedCases = 1
			refused[document.String()] = server
		}
		if (server != nil) != kubernetes.Refused(here) {
			return counted, &difference{document.String(), server, fmt.Sprint(here)}
		}
	}
	if err := j.podSecurity(ctx, manifests); err != nil {
		return counted, err
	}
	if !d.wholly {
		return counted, nil
	}
	return counted, j.findings(ctx, d.values, manifests, refused)
}

// verdicts are what the server says against a document, and what package kubernetes says of the same.
func verdicts(ctx context.Context, document render.Document) (server error, here []kubernetes.Problem, err error) {
	text := []byte(document.Text)
	if document.Object.GetKind() == "Pod" {
		object := document.Object.DeepCopy()
		if err := standAlone(object); err != nil {
			return nil, nil, err
		}
		if text, err = json.Marshal(object); err != nil {
			return nil, nil, err
		}
	}
	server = refusal(ctx, document)
	here, err = same.Create(kubernetes.Parse(text), unrestricted)
	return server, here, err
}

// podSecurity compares what the two say of the pods in a namespace that enforces Pod Security.
func (j *judge) podSecurity(ctx context.Context, manifests render.Manifests) error {
	pods, err := podTemplates(manifests)
	if err != nil {
		return err
	}
	for _, template := range pods {
		pod, err := template.pod()
		if err != nil {
			return err
		}
		server := api.refusal(ctx, pod)
		text, err := json.Marshal(pod)
		if err != nil {
			return err
		}
		document := kubernetes.Parse(text)
		here, err := same.Create(document, restricted)
		if err != nil {
			return err
		}
		more, err := same.PodSecurity(document, "restricted")
		if err != nil {
			return err
		}
		if here = slices.Concat(here, more); (server != nil) != kubernetes.Refused(here) {
			return &difference{"pod of " + template.of, server, fmt.Sprint(here)}
		}
	}
	return nil
}

// findings compares the objects that the server refuses with those that slipway check has findings about, when it reads
// the values from a file. Pods are left out: they name accounts that are not there.
func (j *judge) findings(ctx context.Context, values map[string]any, manifests render.Manifests, refused map[string]error) error {
	written, err := yaml.Marshal(values)
	if err != nil {
		return err
	}
	if err := os.WriteFile(j.file, written, 0o600); err != nil {
		return err
	}
	result, err := j.checker.Service(ctx, []check.Release{{
		Service: releaseName, Environment: "dev", Name: releaseName, Namespace: unrestricted, Chart: chartDir,
		Layers: []check.Layer{{Path: j.file, Own: true}},
	}})
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, f := range result.Findings {
		if slices.Contains([]string{"kubernetes-served", "kubernetes-fields", "kubernetes-rules"}, f.Rule) {
			found[f.Object] += f.Message + "\n"
		}
	}
	for _, document := range manifests.Documents {
		object := document.String()
		if document.Object.GetKind() != "Pod" && (refused[object] != nil) != (found[object] != "") {
			return &difference{object, refused[object], "slipway check finds: " + found[object]}
		}
	}
	return nil
}

// shrink takes away from values what is not needed for a difference, and returns them with what is then said.
func (j *judge) shrink(ctx context.Context, d drawn, why error) (map[string]any, error) {
	return smallest(d.values, why, func(smaller map[string]any) error {
		_, err := j.disagreement(ctx, drawn{smaller, d.wholly})
		return err
	}, func(a, b error) bool { return gistOf(a) == gistOf(b) })
}

// pod is the pod of a template in the namespace restricted.
func (p podTemplate) pod() (*unstructured.Unstructured, error) {
	pod := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": p.metadata(), "spec": p.spec}}
	pod.SetNamespace(restricted)
	pod.SetName(releaseName)
	if _, restarts := p.spec["restartPolicy"]; !restarts {
		p.spec["restartPolicy"] = "Always"
	}
	return pod, standAlone(pod)
}
