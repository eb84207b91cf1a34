package rollout

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Statuses of a revision, the same in Helm 3 and 4.
const (
	deployed        = "deployed"
	superseded      = "superseded"
	failed          = "failed"
	uninstalling    = "uninstalling"
	pendingInstall  = "pending-install"
	pendingUpgrade  = "pending-upgrade"
	pendingRollback = "pending-rollback"
)

// rollbackTo begins the description of a rollback.
const rollbackTo = "Rollback to "

// revision of a release, as Helm keeps it in a Secret.
type revision struct {
	Number int `json:"version"`
	Info   struct {
		Status      string `json:"status"`
		Description string `json:"description"`
	} `json:"info"`
	// Manifest is the text of all objects but hooks.
	Manifest string `json:"manifest"`
	Hooks    []hook `json:"hooks"`

	// secret is the name of the Secret, which was made at a time of the API server's clock.
	secret string
	made   time.Time
}

// hook is an object that Helm makes at some time of its own.
type hook struct {
	Manifest string `json:"manifest"`
}

// history is a release's revisions, oldest first; empty if there is none.
type history []revision

// newest is the last revision; there must be one.
func (h history) newest() revision { return h[len(h)-1] }

// last is the number of the newest revision, 0 if there is none.
func (h history) last() int {
	if len(h) == 0 {
		return 0
	}
	return h.newest().Number
}

// records are the Secrets in which Helm keeps a release.
type records struct {
	secrets typedcorev1.SecretInterface
	release string
}

// history reads all revisions.
func (r records) history(ctx context.Context) (history, error) {
	list, err := r.secrets.List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=" + r.release})
	if err != nil {
		return nil, fmt.Errorf("read release %s: %w", r.release, err)
	}
	var all history
	for i := range list.Items {
		one, err := decode(&list.Items[i])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b revision) int { return a.Number - b.Number })
	return all, nil
}

// get reads one revision.
func (r records) get(ctx context.Context, number int) (revision, error) {
	secret, err := r.secrets.Get(ctx, fmt.Sprintf("sh.helm.release.v1.%s.v%d", r.release, number), metav1.GetOptions{})
	if err != nil {
		return revision{}, err
	}
	return decode(secret)
}

// forget removes a revision from the history.
func (r records) forget(ctx context.Context, one revision) error {
	return r.secrets.Delete(ctx, one.secret, metav1.DeleteOptions{})
}

// decode reads what Helm writes: JSON, compressed, in base64 (under the base64 of the Secret itself).
func decode(secret *corev1.Secret) (revision, error) {
	one := revision{secret: secret.Name, made: secret.CreationTimestamp.Time}
	content, err := base64.StdEncoding.DecodeString(string(secret.Data["release"]))
	if err == nil && bytes.HasPrefix(content, []byte{0x1f, 0x8b}) {
		var compressed *gzip.Reader
		if compressed, err = gzip.NewReader(bytes.NewReader(content)); err == nil {
			content, err = io.ReadAll(compressed)
		}
	}
	if err == nil {
		err = json.Unmarshal(content, &one)
	}
	if err != nil {
		return revision{}, fmt.Errorf("no release of Helm's is in Secret %s: %w", secret.Name, err)
	}
	return one, nil
}

// good returns the last revision that is, or was, live as a whole. `superseded` alone does not say so: a failed revision
// is called that too once another follows, so the description decides.
func (h history) good() (revision, bool) {
	for _, one := range slices.Backward(h) {
		if one.Info.Status == deployed {
			return one, true
		}
	}
	for _, one := range slices.Backward(h) {
		if one.Info.Status == superseded && wasDeployed(one.Info.Description) {
			return one, true
		}
	}
	return revision{}, false
}

// wasDeployed knows the descriptions of revisions that became live; a failed one has `Release "x" failed: ...` or
// `Upgrade "x" failed: ...`.
func wasDeployed(description string) bool {
	for _, prefix := range []string{"Install complete", "Upgrade complete", rollbackTo} {
		if strings.HasPrefix(description, prefix) {
			return true
		}
	}
	return false
}
