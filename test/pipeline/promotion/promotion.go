// Package promotion gives the image that one environment runs to another: the very same digest, if the cluster says that it runs,
// the branch that it is for contains what the image was built from and nothing besides.
package promotion

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// RevisionLabel is the image's label with the commit that it was built from.
const RevisionLabel = "org.opencontainers.image.revision"

// Promotion is of one image of one service.
type Promotion struct {
	// Repository of the service's images, without a tag.
	Repository string
	// Live is what the other environment runs, by its cluster: an image of Repository, with its digest. Whoever may push images
	// can change what a tag means, but not what a digest does.
	Live string
	// Commit that the cluster says it was built from; empty if it does not say.
	Commit string
	// Verified is the tag of the image that the other environment's job verify has passed last.
	Verified string
	// To is the tag that the image gets.
	To string
	// Checkout is the folder with the service's repository, at the commit that is deployed. Its history is whole.
	Checkout string
	// Values is the folder of the service's values, in the repository: they may differ, as they are not in the image.
	Values string
}

// Promote tags the image and returns its digest. Nothing is tagged where the image may not be promoted; the error says why.
// Credentials of the registry are those of Docker's config.json.
func (p Promotion) Promote(ctx context.Context) (digest string, err error) {
	repository, err := name.NewRepository(p.Repository)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", p.Repository, err)
	}
	live, err := name.NewDigest(p.Live)
	if err != nil {
		return "", fmt.Errorf("what runs is %s, which has no digest: an earlier version of the pipeline has deployed it, or somebody by hand; "+
			"push to that branch once more, and promote what that deploys", p.Live)
	}
	if live.Context() != repository {
		return "", fmt.Errorf("what runs is %s, which is no image of %s", p.Live, repository)
	}
	options := []remote.Option{remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithContext(ctx)}
	if err := p.verified(repository, live, options); err != nil {
		return "", err
	}
	found, err := remote.Get(live, options...)
	if err != nil {
		return "", p.notFound(live, err)
	}
	revision, err := revisionOf(found)
	if err != nil {
		return "", fmt.Errorf("%s: %w", live, err)
	}
	if p.Commit != "" && p.Commit != revision {
		return "", fmt.Errorf("%s says that it was built from commit %s, and the Deployment that runs it says %s: promote nothing before "+
			"somebody has found out which is true", live, revision, p.Commit)
	}
	if err := p.contained(ctx, revision); err != nil {
		return "", fmt.Errorf("%s was built from commit %s: %w", live, revision, err)
	}
	if err := remote.Tag(repository.Tag(p.To), found, options...); err != nil {
		return "", err
	}
	return found.Digest.String(), nil
}

// verified says why what runs is not what verify has passed. The tag is no proof of where an image is from, and is not taken for one.
func (p Promotion) verified(repository name.Repository, live name.Digest, options []remote.Option) error {
	tag := repository.Tag(p.Verified)
	found, err := remote.Head(tag, options...)
	if err != nil {
		return p.notFound(tag, err)
	}
	if found.Digest.String() != live.DigestStr() {
		return fmt.Errorf("what runs is %s, and `verify` has passed %s last (%s): wait for it, or look why it failed",
			live.DigestStr(), found.Digest, tag)
	}
	return nil
}

func (p Promotion) notFound(reference name.Reference, err error) error {
	var response *transport.Error
	if errors.As(err, &response) && response.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%s is not in the registry: its environment has no image yet that `verify` has passed, or the "+
			"registry's cleanup has removed it (keep tags that end in -deployed)", reference)
	}
	return err
}

// revisionOf returns the commit that an image was built from, or that the first image of an index was.
func revisionOf(found *remote.Descriptor) (string, error) {
	image, err := imageOf(found)
	if err != nil {
		return "", err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return "", err
	}
	revision := config.Config.Labels[RevisionLabel]
	if revision == "" || revision == "unknown" {
		return "", fmt.Errorf("has no label %s, and so is from no commit that can be looked for", RevisionLabel)
	}
	return revision, nil
}

func imageOf(found *remote.Descriptor) (v1.Image, error) {
	if !found.MediaType.IsIndex() {
		return found.Image()
	}
	index, err := found.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, m := range manifest.Manifests {
		// BuildKit adds attestations, as images of an unknown platform.
		if m.MediaType.IsImage() && (m.Platform == nil || m.Platform.OS != "unknown") {
			return index.Image(m.Digest)
		}
	}
	return nil, fmt.Errorf("is an index without an image, of %d manifests", len(manifest.Manifests))
}

// contained says why the commit that is checked out is not what the image was built from.
func (p Promotion) contained(ctx context.Context, revision string) error {
	if _, err := p.git(ctx, "cat-file", "-e", revision+"^{commit}"); err != nil {
		return fmt.Errorf("which is not in the history of what is deployed here: merge that branch first (%w)", err)
	}
	if _, err := p.git(ctx, "merge-base", "--is-ancestor", revision, "HEAD"); err != nil {
		return errors.New("which is not in the history of what is deployed here: merge that branch first")
	}
	changed, err := p.git(ctx, "diff", "--name-only", revision, "HEAD", "--", ".", ":(exclude)"+p.Values, ":(exclude).gitlab-ci.yml")
	if err != nil {
		return err
	}
	if files := strings.Fields(changed); len(files) > 0 {
		return fmt.Errorf("since when there are changes here that are not in the image, of %s: merge them into that branch "+
			"first, and promote what is built there", strings.Join(files, ", "))
	}
	return nil
}
