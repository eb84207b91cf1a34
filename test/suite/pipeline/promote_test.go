//go:build e2e

package pipeline

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"
)

// stg deploys by itself, prod when somebody starts it; with input promote prod runs the very image that stg runs.
func TestStgAndProd(t *testing.T) {
	t.Parallel()
	s := newService(t, "stg", "prod")
	stg, answer := s.deliver("stg", "stg")
	require.Equal(t, "hello from stg", answer.Message)

	// The executor refuses a pipeline whose manual jobs nobody starts, if others wait for them: suite jobs sees that deploy is one.
	_, answer = s.deliver("prod", "prod", "deploy")
	require.Equal(t, "hello from prod", answer.Message)

	// Somebody who may push images replaces what stg's tags mean: prod gets what stg runs.
	built := s.digest(stg.tag("stg"))
	s.replaceTag(stg.tag("stg"))
	s.inputs["promote"] = true
	promoted := s.run("promote")
	require.True(t, promoted.green)
	require.NotContains(t, promoted.jobs, "build")
	// The image says what it was built as.
	s.environments["prod"].host.WaitForAnswer(t, basePath, stg.tag("stg"))
	require.Equal(t, built, s.digest(promoted.tag("prod")))
	for _, pod := range s.pods("prod") {
		if pod.DeletionTimestamp == nil {
			require.Equal(t, images.Address+"/"+s.repository()+":"+promoted.tag("prod")+"@"+built, pod.Spec.Containers[0].Image)
		}
	}
}

// digest is what a tag of the service's images means now.
func (s service) digest(tag string) string {
	s.t.Helper()
	_, digest, err := images.Manifest(s.t.Context(), s.repository(), tag)
	require.NoError(s.t, err)
	return digest
}

// replaceTag pushes another image under a tag: the same with other labels.
func (s service) replaceTag(tag string) {
	s.t.Helper()
	client, err := images.Client()
	require.NoError(s.t, err)
	options := []remote.Option{remote.WithContext(s.t.Context()), remote.WithTransport(client.Transport),
		remote.WithAuth(&authn.Basic{Username: images.Pusher.User, Password: images.Pusher.Password})}
	reference, err := name.NewTag(images.Address + "/" + s.repository() + ":" + tag)
	require.NoError(s.t, err)
	image, err := remote.Image(reference, options...)
	require.NoError(s.t, err)
	config, err := image.ConfigFile()
	require.NoError(s.t, err)
	config.Config.Labels["replaced"] = "true"
	image, err = mutate.Config(image, config.Config)
	require.NoError(s.t, err)
	before := s.digest(tag)
	require.NoError(s.t, remote.Write(reference, image, options...))
	require.NotEqual(s.t, before, s.digest(tag))
}
