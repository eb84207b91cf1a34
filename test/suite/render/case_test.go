package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/charttest"
	"gitlab.example.com/platform/slipway/test/render"
)

const (
	name      = "example-microservice"
	namespace = "the-project"
)

var release = render.Release{Name: name, Namespace: namespace}

// required are the values that every release must give. Each case adds its own.
const required = `
environment: dev
image:
  repository: registry.example.com/the-project/example-microservice
  tag: dev-1
`

// given are the values of a release after those that are required.
type given struct {
	files           []string // the text of values files; each later one wins
	pairs, setTexts []string // --set and --set-string
}

// yaml gives values files by their text.
func yaml(files ...string) given { return given{files: files} }

// set gives values as --set does.
func (g given) set(pairs ...string) given { g.pairs = pairs; return g }

// setString gives values as --set-string does.
func (g given) setString(pairs ...string) given { g.setTexts = pairs; return g }

// try renders a release with values and remembers which values were given.
func try(t *testing.T, release render.Release, values given) (render.Manifests, error) {
	t.Helper()
	c := charttest.New(t, chartDir).Release(release.Name, release.Namespace).Values(required).Values(values.files...).
		Set(values.pairs...).SetString(values.setTexts...)
	if release.KubeVersion != "" {
		c = c.Kubernetes(release.KubeVersion)
	}
	merged, err := c.Merged()
	require.NoError(t, err)
	manifests, err := c.Try()
	if err != nil {
		reached.failed(err)
		return manifests, err
	}
	reached.rendered(merged, manifests)
	return manifests, nil
}

// renderAs renders a release and checks what holds for all of them.
func renderAs(t *testing.T, release render.Release, values given) render.Manifests {
	t.Helper()
	manifests, err := try(t, release, values)
	require.NoError(t, err)
	requireSound(t, release, manifests)
	return manifests
}

// rendered renders the release of most cases.
func rendered(t *testing.T, values given) render.Manifests {
	t.Helper()
	return renderAs(t, release, values)
}

// get returns the object of a type that is named after its release.
func get[T render.Object](t *testing.T, manifests render.Manifests) T {
	t.Helper()
	object, err := render.Get[T](manifests, name)
	require.NoError(t, err)
	return object
}

// none requires that there is no object of a type.
func none[T render.Object](t *testing.T, manifests render.Manifests) {
	t.Helper()
	objects, err := render.All[T](manifests)
	require.NoError(t, err)
	require.Empty(t, objects)
}

func deployment(t *testing.T, values given) *appsv1.Deployment {
	t.Helper()
	return get[*appsv1.Deployment](t, rendered(t, values))
}

func pod(t *testing.T, values given) corev1.PodTemplateSpec {
	t.Helper()
	return deployment(t, values).Spec.Template
}

// container returns the only container of the service's pod.
func container(t *testing.T, values given) corev1.Container {
	t.Helper()
	containers := pod(t, values).Spec.Containers
	require.Len(t, containers, 1)
	return containers[0]
}
