package deploy

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/k8s"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// TestNamespace runs every case of docs/namespace.md, whose settings are variants of it.
func TestNamespace(t *testing.T) {
	t.Parallel()
	for _, group := range namespaceCases {
		for _, c := range group.cases {
			t.Run(group.title+": "+c.name, func(t *testing.T) {
				helmcli.ForEachVariant(t, c.settings, setting.String, func(t *testing.T, setting setting, p *program) {
					s := newScene(t, p, setting, c.by)
					for _, step := range c.steps {
						s.play(step)
					}
				})
			})
		}
	}
}

// step is one thing that is done, and what is expected of it.
type step struct {
	name  string // as docs/namespace.md says it; empty where the case's name does
	do    func(*scene) error
	fails perHelm[string] // a part of what Helm must say, in the words of [scene.anonymous]; empty where it must succeed
	fate  perHelm[fate]   // what becomes of the namespace; empty where the step itself changes it
}

// setting is what is there before the first step.
type setting struct {
	before    situation
	elsewhere bool   // namespace.name names it, and -n is another one, which exists
	flag      bool   // namespace.create, where a step does not say
	option    string // of every install and upgrade
}

// situation is the namespace's state before the first step.
type situation string

const (
	missing     situation = "missing"
	nobodys     situation = "nobody's"
	anothers    situation = "another release's"
	terminating situation = "terminating"
)

func (s setting) String() string {
	words := []string{string(s.before), "flag off", "-n"}
	if s.flag {
		words[1] = "flag on"
	}
	if s.elsewhere {
		words[2] = "elsewhere"
	}
	if s.option != "" {
		words = append(words, s.option)
	}
	return strings.Join(words, ", ")
}

// scene is a case at work. Its release's objects go into the namespace that the case is about.
type scene struct {
	release
	setting
	names *strings.Replacer // names that differ in each run, to those that expectations use
	last  *corev1.Namespace // as it was after the last step; nil if there was none
}

// newScene sets the stage. by makes the credentials that Helm gets; nil for those that the setting calls for.
func newScene(t *testing.T, p *program, setting setting, by account) *scene {
	t.Helper()
	s := &scene{setting: setting, release: release{
		t: t, program: p, name: "svc", chart: chart, values: []string{"testdata/small.yaml"},
	}}
	s.target = unique("x")
	s.namespace = s.target
	if s.elsewhere {
		s.namespace = unique("n")
		k8s.CreateNamespaceContext(t, t.Context(), asAdmin(""), s.namespace)
	}
	s.names = strings.NewReplacer(s.target, "x", s.namespace, "n")
	s.explainFailure(s.namespace, s.target)

	switch s.before {
	case nobodys, terminating:
		k8s.CreateNamespaceWithMetadataContext(t, t.Context(), asAdmin(""), metav1.ObjectMeta{
			Name: s.target, Labels: map[string]string{"team": "a"}, Annotations: map[string]string{"example.com/owner": "a"},
		})
	case anothers:
		owner := s.plain()
		owner.name, owner.namespace, owner.kubeconfig = s.target, metav1.NamespaceDefault, admin.Kubeconfig
		require.NoError(t, owner.upgrade("--set", "name="+s.target))
	}
	if by == nil {
		by = s.account()
	}
	s.kubeconfig = by(s)
	if s.before == terminating {
		holdTerminating(t, s.target)
	}
	s.last = namespaceNow(t, s.target)
	return s
}

// plain returns the release as one of the chart that templates its namespace as a plain object.
func (s *scene) plain() release {
	r := s.release
	r.chart, r.values = "testdata/plain-namespace", nil
	return r
}

// holdTerminating deletes a namespace, which a config map in it keeps from going until the test ends.
func holdTerminating(t *testing.T, namespace string) {
	t.Helper()
	configMaps := admin.Typed.CoreV1().ConfigMaps(namespace)
	hold := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "hold", Finalizers: []string{"example.com/hold"}}}
	_, err := configMaps.Create(t.Context(), hold, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := configMaps.Patch(context.Background(), hold.Name, types.MergePatchType,
			[]byte(`{"metadata": {"finalizers": null}}`), metav1.PatchOptions{})
		require.NoError(t, err)
	})
	k8s.DeleteNamespaceContext(t, t.Context(), asAdmin(""), namespace)
}

// namespaceNow returns the namespace, nil if there is none.
func namespaceNow(t *testing.T, name string) *corev1.Namespace {
	t.Helper()
	namespace, err := k8s.GetNamespaceContextE(t, t.Context(), asAdmin(""), name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(t, err)
	return namespace
}

// play does a step and checks what Helm said and what became of the namespace.
func (s *scene) play(step step) {
	s.t.Helper()
	err := step.do(s)
	if want := step.fails.of(s.program); want != "" {
		require.ErrorContains(s.t, err, "exit status 1", step.name)
		require.Contains(s.t, s.anonymous(err.Error()), want, step.name)
	} else {
		require.NoError(s.t, err, step.name)
	}
	now := namespaceNow(s.t, s.target)
	if want := step.fate.of(s.program); want != "" {
		require.Equal(s.t, string(want), string(becameOf(s.last, now)), "of the namespace after: %s", step.name)
	}
	s.last = now
}

var userPattern = regexp.MustCompile(`User "[^"]*"`)

// anonymous returns a message of Helm with the names that differ in each run replaced: x is the namespace that the
// case is about, n is -n where that is another one.
func (s *scene) anonymous(text string) string {
	return userPattern.ReplaceAllString(s.names.Replace(text), `User "…"`)
}
