package promotion_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/pipeline/promotion"
)

// service has a repository, whose branch prod is checked out, and a registry.
type service struct {
	t          *testing.T
	checkout   string
	repository name.Repository
	auth       remote.Option
	live       *string // what stg's cluster runs
	annotation *string // the commit that its Deployment says it is of
}

func newService(t *testing.T) service {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "job" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	config := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(config, "config.json"), []byte(`{"auths": {"`+host+`": {"auth": "am9iOnNlY3JldA=="}}}`), 0o600))
	t.Setenv("DOCKER_CONFIG", config)
	repository, err := name.NewRepository(host + "/the-project/orders")
	require.NoError(t, err)

	s := service{t: t, checkout: t.TempDir(), repository: repository, auth: remote.WithAuthFromKeychain(authn.DefaultKeychain), live: new(string), annotation: new(string)}
	s.git("init", "--quiet", "--initial-branch", "prod")
	s.commit("main.go", "package main")
	return s
}

func (s service) git(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", s.checkout, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

// commit returns the hash of a new commit with one file.
func (s service) commit(file, content string) string {
	s.t.Helper()
	path := filepath.Join(s.checkout, file)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, []byte(content), 0o644))
	s.git("add", "--all")
	s.git("commit", "--quiet", "--message", file)
	return s.git("rev-parse", "HEAD")
}

// image makes one that was built from a commit.
func (s service) image(revision string) v1.Image {
	s.t.Helper()
	image, err := random.Image(64, 1)
	require.NoError(s.t, err)
	image, err = mutate.Config(image, v1.Config{Labels: map[string]string{promotion.RevisionLabel: revision}})
	require.NoError(s.t, err)
	return image
}

func (s service) push(tag string, image v1.Image) v1.Hash {
	s.t.Helper()
	require.NoError(s.t, remote.Write(s.repository.Tag(tag), image, s.auth))
	digest, err := image.Digest()
	require.NoError(s.t, err)
	return digest
}

// deploy is a pipeline of stg whose verify has passed.
func (s service) deploy(image v1.Image) v1.Hash {
	s.t.Helper()
	digest := s.push("stg-999", image)
	s.push("stg-deployed", image)
	*s.live = s.repository.Tag("stg-999").String() + "@" + digest.String()
	return digest
}

func (s service) promote() (string, error) {
	return promotion.Promotion{Repository: s.repository.String(), Live: *s.live, Commit: *s.annotation, Verified: "stg-deployed", To: "prod-1000",
		Checkout: s.checkout, Values: "deploy"}.Promote(s.t.Context())
}

// requirePromoted says that prod's tag is the very digest.
func (s service) requirePromoted(digest v1.Hash) {
	s.t.Helper()
	promoted, err := s.promote()
	require.NoError(s.t, err)
	require.Equal(s.t, digest.String(), promoted)
	found, err := remote.Head(s.repository.Tag("prod-1000"), s.auth)
	require.NoError(s.t, err)
	require.Equal(s.t, digest, found.Digest)
}

// requireRefused says that nothing was tagged.
func (s service) requireRefused(says ...string) {
	s.t.Helper()
	_, err := s.promote()
	require.Error(s.t, err)
	for _, text := range says {
		require.ErrorContains(s.t, err, text)
	}
	_, err = remote.Head(s.repository.Tag("prod-1000"), s.auth)
	require.Error(s.t, err)
}

func TestPromotes(t *testing.T) {
	t.Run("what is checked out", func(t *testing.T) {
		s := newService(t)
		s.requirePromoted(s.deploy(s.image(s.git("rev-parse", "HEAD"))))
	})
	t.Run("an earlier commit, if only values and the pipeline have changed", func(t *testing.T) {
		s := newService(t)
		digest := s.deploy(s.image(s.git("rev-parse", "HEAD")))
		s.commit("deploy/values-prod.yaml", "replicas: 3")
		s.commit(".gitlab-ci.yml", "include: []")
		s.requirePromoted(digest)
	})
	t.Run("a merge of stg", func(t *testing.T) {
		s := newService(t)
		s.git("switch", "--quiet", "--create", "stg")
		digest := s.deploy(s.image(s.commit("api.go", "package main")))
		s.git("switch", "--quiet", "prod")
		s.git("merge", "--quiet", "--no-ff", "--no-edit", "stg")
		s.requirePromoted(digest)
	})
	t.Run("an index, as BuildKit makes it", func(t *testing.T) {
		s := newService(t)
		attestation := s.image("")
		index := mutate.AppendManifests(empty.Index,
			mutate.IndexAddendum{Add: attestation, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}},
			mutate.IndexAddendum{Add: s.image(s.git("rev-parse", "HEAD")), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}})
		require.NoError(t, remote.WriteIndex(s.repository.Tag("stg-deployed"), index, s.auth))
		digest, err := index.Digest()
		require.NoError(t, err)
		*s.live = s.repository.Tag("stg-999").String() + "@" + digest.String()
		s.requirePromoted(digest)
	})
	t.Run("what runs, whatever its tag says by now", func(t *testing.T) {
		s := newService(t)
		revision := s.git("rev-parse", "HEAD")
		*s.annotation = revision
		digest := s.deploy(s.image(revision))
		s.push("stg-999", s.image(revision)) // by somebody who may push
		s.requirePromoted(digest)
	})
	t.Run("in a checkout of another user", func(t *testing.T) {
		if os.Getuid() != 0 {
			return // only root can give files away
		}
		s := newService(t)
		digest := s.deploy(s.image(s.git("rev-parse", "HEAD")))
		require.NoError(t, filepath.WalkDir(s.checkout, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, 65532, 65532)
		}))
		s.requirePromoted(digest)
	})
}

func TestRefuses(t *testing.T) {
	t.Run("nothing was deployed", func(t *testing.T) {
		s := newService(t)
		*s.live = s.repository.Tag("stg-999").String() + "@sha256:" + strings.Repeat("ab", 32)
		s.requireRefused("stg-deployed is not in the registry", "keep tags that end in -deployed")
	})
	t.Run("another image, of the very same commit as its label says, under the tag that verify has set", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(s.git("rev-parse", "HEAD")))
		s.push("stg-deployed", s.image(s.git("rev-parse", "HEAD")))
		s.requireRefused("what runs is sha256:", "`verify` has passed sha256:")
	})
	t.Run("an image whose label is not what its Deployment says", func(t *testing.T) {
		s := newService(t)
		*s.annotation = strings.Repeat("ab", 20)
		s.deploy(s.image(s.git("rev-parse", "HEAD")))
		s.requireRefused("and the Deployment that runs it says abab")
	})
	t.Run("a tag alone", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(s.git("rev-parse", "HEAD")))
		*s.live = s.repository.Tag("stg-999").String()
		s.requireRefused("which has no digest", "push to that branch once more")
	})
	t.Run("another repository's", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(s.git("rev-parse", "HEAD")))
		*s.live = strings.Replace(*s.live, "/orders:", "/invoices:", 1)
		s.requireRefused("which is no image of")
	})
	t.Run("stg is ahead", func(t *testing.T) {
		s := newService(t)
		s.git("switch", "--quiet", "--create", "stg")
		revision := s.commit("api.go", "package main")
		s.deploy(s.image(revision))
		s.git("switch", "--quiet", "prod")
		s.requireRefused("was built from commit "+revision, "merge that branch first")
	})
	t.Run("a commit of another repository", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(strings.Repeat("ab", 20)))
		s.requireRefused("merge that branch first")
	})
	t.Run("prod has more than the image", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(s.git("rev-parse", "HEAD")))
		s.commit("hotfix.go", "package main")
		s.requireRefused("changes here that are not in the image, of hotfix.go")
	})
	t.Run("no label", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(""))
		s.requireRefused("has no label org.opencontainers.image.revision")
	})
	t.Run("no login", func(t *testing.T) {
		s := newService(t)
		s.deploy(s.image(s.git("rev-parse", "HEAD")))
		t.Setenv("DOCKER_CONFIG", t.TempDir())
		_, err := s.promote()
		require.ErrorContains(t, err, "401")
	})
}
