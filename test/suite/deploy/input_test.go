package deploy

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// Values that are wrong get one message, which says where and what, and change nothing in the cluster.
func TestBadInputChangesNothing(t *testing.T) {
	cases := []struct {
		name   string
		values string
		args   []string
		says   string
	}{
		{
			name:   "no image repository",
			values: `image: {tag: dev-2, registry: null}`,
			says: "image.repository: is empty; write the image's repository, such as " +
				"registry.example.com/the-project/" + service,
		},
		{
			name: "no tag",
			args: []string{"--set", "image.tag="},
			says: "image.tag: is empty, and so is image.digest; pass the tag that was built, such as --set image.tag=dev-1",
		},
		{
			name:   "misspelt key",
			values: `{image: {tag: dev-2}, replicsa: 3}`,
			says:   "at '': additional properties 'replicsa' not allowed",
		},
		{
			name:   "misspelt key further down",
			values: `{image: {tag: dev-2}, ingress: {tls: {secretname: x}}}`,
			says:   "at '/ingress/tls': additional properties 'secretname' not allowed",
		},
		{
			name:   "fraction as tag",
			values: `image: {tag: 12.5}`,
			says: "image.tag: is the number 12.5, which may not be what was written; " +
				`write it in quotes, such as tag: "12.5", or use --set-string`,
		},
		{
			name:   "probe of an unknown port",
			values: `{image: {tag: dev-2}, readinessProbe: {httpGet: {port: metrics}}}`,
			says: `readinessProbe.httpGet.port: "metrics" is not in ports (http); ` +
				"declare it there, name one that is, or remove the probe with readinessProbe: null",
		},
		{
			name:   "ingress to an unknown port",
			values: `{image: {tag: dev-2}, ingress: {hosts: {api.the-project.dev.example.com: {paths: {/metrics: {port: metrics}}}}}}`,
			says: `ingress.hosts.api.the-project.dev.example.com.paths./metrics.port: "metrics" is not in ports (http); ` +
				"declare it there or name one that is",
		},
	}
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		first, live := newRelease(t, p), newRelease(t, p)
		require.NoError(t, live.upgrade("--set", "image.tag=dev-1"))
		live.settledPods()

		for _, r := range []release{first, live} {
			eventually.NoError(t, "what controllers make for every namespace", func(ctx context.Context) error {
				there := everything(ctx, t, r.namespace)
				if there["ConfigMap/kube-root-ca.crt"] == nil || there["ServiceAccount/default"] == nil {
					return errors.New("not there yet")
				}
				return nil
			})
			before := everything(t.Context(), t, r.namespace).written()
			for _, c := range cases {
				err := r.with(c.values).upgrade(c.args...)
				require.ErrorContains(t, err, "exit status 1", c.name)
				require.Equal(t, []string{c.says}, complaints(err), c.name)
			}
			require.Empty(t, before.difference(everything(t.Context(), t, r.namespace).written()))
		}
	})
}

// complaints are the lines of Helm's message that say what is wrong.
func complaints(err error) []string {
	var found []string
	for line := range strings.Lines(err.Error()) {
		if complaint, ok := strings.CutPrefix(line, "- "); ok {
			found = append(found, strings.TrimSpace(complaint))
		}
	}
	return found
}

// A tag of digits alone is the tag as it was written.
func TestTagOfDigits(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		require.NoError(t, r.with(`image: {tag: 20250811}`).upgrade())
		require.Equal(t, image("20250811"), r.liveImage())
		require.NoError(t, r.upgrade("--set", "image.tag=20250812"))
		require.Equal(t, image("20250812"), r.liveImage())
	})
}

// The longest name that Helm takes for a release is one that Kubernetes takes for everything in it.
func TestLongestReleaseName(t *testing.T) {
	helmcli.ForEach(t, func(t *testing.T, p *program) {
		r := newRelease(t, p)
		r.name = "a23456789-123456789-123456789-123456789-123456789-123"
		require.Len(t, r.name, 53)
		require.NoError(t, r.upgrade("--set", "image.tag=dev-1"))
		require.NotEmpty(t, r.settledPods())
		require.NoError(t, r.uninstall())
		require.Empty(t, everything(t.Context(), t, r.namespace).released().keys())
	})
}
