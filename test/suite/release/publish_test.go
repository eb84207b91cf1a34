//go:build e2e

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/registry"
)

// project is the path of what is published, as GitLab gives it in CI_REGISTRY_IMAGE after the registry's host.
const project = "platform/slipway"

// What the pipeline packages, signs and publishes, with the commands of its jobs, both Helms pull and verify; what is
// published stays what it is.
func TestPublish(t *testing.T) {
	r, err := registry.Start(t.Context(), os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	helmcli.ForBoth(t, func(t *testing.T, p *helmcli.Program) {
		k, other := newKey(t, ""), newKey(t, "")
		w := newTerminal(t, p)
		w.sign(k)
		w.Env["SSL_CERT_FILE"] = r.Authority
		w.Env["DOCKER_CONFIG"] = t.TempDir()
		w.Env["CI_REGISTRY"], w.Env["CI_REGISTRY_IMAGE"] = r.Address, r.Address+"/"+project+"-"+p.Tool.Name
		w.Env["CI_REGISTRY_USER"], w.Env["CI_REGISTRY_PASSWORD"] = r.Pusher.User, r.Pusher.Password
		scripts := jobs(t)

		// Without credentials nobody can say what is there, and nothing is pushed.
		_, err := w.Script("make package; make publish REGISTRY=$CI_REGISTRY_IMAGE")
		require.ErrorContains(t, err, "cannot tell whether it is published")
		require.Empty(t, digests(t, r, p))

		for _, job := range []string{"package", "publish"} {
			w.Env["CI_COMMIT_TAG"] = "v" + chartVersion(t, "microservice")
			// One, of packages that are compiled already: TestPlatforms builds them as they are released.
			w.Env["PLATFORMS"], w.Env["TRIMPATH"] = "linux/amd64", ""
			said, err := w.Script(scripts[job])
			require.NoError(t, err)
			require.NotContains(t, said.String(), r.Pusher.Password)
		}
		published := digests(t, r, p)
		require.Len(t, published, len(charts))

		for _, chart := range charts {
			version := chartVersion(t, chart)
			for _, puller := range helmcli.Programs {
				w.Program = puller
				folder := t.TempDir()
				pull := []string{"pull", "oci://" + w.Env["CI_REGISTRY_IMAGE"] + "/charts/" + chart, "--version", version, "--verify",
					"--registry-config", filepath.Join(w.Env["DOCKER_CONFIG"], "config.json"), "--destination", folder}
				w.Must("helm", append(pull, "--keyring", k.public)...)
				pulled, err := os.ReadFile(filepath.Join(folder, chart+"-"+version+".tgz"))
				require.NoError(t, err)
				packaged, err := os.ReadFile(filepath.Join(w.released, chart+"-"+version+".tgz"))
				require.NoError(t, err)
				require.Equal(t, packaged, pulled)
				_, err = w.Run("helm", append(pull, "--keyring", other.public)...)
				require.ErrorContains(t, err, "signature made by unknown entity")
			}
		}
		w.Program = p

		// The same version again, packaged anew: refused.
		_, err = w.Script("make package")
		require.NoError(t, err)
		_, err = w.Script(scripts["publish"])
		for _, chart := range charts {
			require.ErrorContains(t, err, chart+":"+chartVersion(t, chart)+": is published already ("+published[chart]+"): what changes needs a new version")
		}
		require.Equal(t, published, digests(t, r, p))

		// It is not the registry that refuses: without the question, the version is another one.
		archive := filepath.Join(w.released, "project-"+chartVersion(t, "project")+".tgz")
		w.Must("helm", "push", archive, "oci://"+w.Env["CI_REGISTRY_IMAGE"]+"/charts", "--registry-config", filepath.Join(w.Env["DOCKER_CONFIG"], "config.json"))
		require.NotEqual(t, published["project"], digests(t, r, p)["project"])
	})
}

// The job image is published like the charts, once. (How it is built is for suite pipeline, whose jobs run in it.)
func TestPublishImage(t *testing.T) {
	r, err := registry.Start(t.Context(), os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	w := newTerminal(t, helmcli.Helm4)
	w.Env = map[string]string{
		"SSL_CERT_FILE": r.Authority, "DOCKER_CONFIG": t.TempDir(), "CI_REGISTRY": r.Address, "CI_REGISTRY_IMAGE": r.Address + "/" + project,
		"CI_REGISTRY_USER": r.Pusher.User, "CI_REGISTRY_PASSWORD": r.Pusher.Password,
	}
	version := chartVersion(t, "microservice")
	image := w.Env["CI_REGISTRY_IMAGE"] + ":" + version
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "--force", image).Run() })
	script := strings.Replace(jobs(t)["publish-image"], "make job-image REGISTRY=$CI_REGISTRY_IMAGE\n", "", 1)
	require.NotContains(t, script, "job-image")
	build := func(content string) {
		_, err := w.Script("tar --create " + content + " | docker import - " + image)
		require.NoError(t, err)
	}

	build("LICENSE")
	said, err := w.Script(script)
	require.NoError(t, err)
	require.NotContains(t, said.String(), r.Pusher.Password)
	_, digest, err := r.Manifest(t.Context(), project, version)
	require.NoError(t, err)

	build("README.md")
	_, err = w.Script(script)
	require.ErrorContains(t, err, image+": is published already ("+digest+")")
	_, now, err := r.Manifest(t.Context(), project, version)
	require.NoError(t, err)
	require.Equal(t, digest, now)
	// It is not the registry that refuses.
	_, err = w.Script("docker push " + image)
	require.NoError(t, err)
	_, now, err = r.Manifest(t.Context(), project, version)
	require.NoError(t, err)
	require.NotEqual(t, digest, now)
}

// digests returns what is published of each chart, by one of the Helms.
func digests(t *testing.T, r *registry.Registry, p *helmcli.Program) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, chart := range charts {
		repository := project + "-" + p.Tool.Name + "/charts/" + chart
		tags, err := r.Tags(t.Context(), repository)
		require.NoError(t, err)
		for _, tag := range tags {
			require.Equal(t, chartVersion(t, chart), tag)
			_, digest, err := r.Manifest(t.Context(), repository, tag)
			require.NoError(t, err)
			found[chart] = digest
		}
	}
	return found
}
