package helm

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Statuses of a revision, the same in Helm 3 and 4.
const (
	Deployed        = "deployed"
	Superseded      = "superseded"
	Failed          = "failed"
	Uninstalling    = "uninstalling"
	PendingInstall  = "pending-install"
	PendingUpgrade  = "pending-upgrade"
	PendingRollback = "pending-rollback"
)

// Revision of a release, as Helm keeps it in a Secret and prints it as JSON.
type Revision struct {
	Number int   `json:"version"`
	Info   Info  `json:"info"`
	Chart  Chart `json:"chart"`
	// Manifest is the text of all objects but hooks.
	Manifest string `json:"manifest"`
	Hooks    []Hook `json:"hooks"`

	// Secret is the name of the Secret, and Made when that was made, by the API server's clock.
	Secret string    `json:"-"`
	Made   time.Time `json:"-"`
}

// Info is what became of a revision.
type Info struct {
	Status      string `json:"status"`
	Description string `json:"description"`
	// RollbackRevision is the number of the revision that this one puts back; Helm 4 alone keeps it.
	RollbackRevision int `json:"rollback_revision"`
}

// Chart is that of a revision.
type Chart struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	// Files are those that are no templates.
	Files []File `json:"files"`
}

// File of a chart.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Hook is an object that Helm makes at some time of its own.
type Hook struct {
	Manifest string `json:"manifest"`
}

// Objects returns what the revision makes live, hooks left out, in Helm's order.
func (r Revision) Objects() ([]*unstructured.Unstructured, error) { return Objects(r.Manifest) }

// HookObjects returns what the revision's hooks make.
func (r Revision) HookObjects() ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, hook := range r.Hooks {
		found, err := Objects(hook.Manifest)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Records are the Secrets in which Helm keeps a release.
// https://helm.sh/docs/topics/advanced/#storage-backends
type Records struct {
	secrets typedcorev1.SecretInterface
	release string
}

// All returns all revisions, oldest first; none if there is no release.
func (r Records) All(ctx context.Context) (History, error) {
	list, err := r.secrets.List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=" + r.release})
	if err != nil {
		return nil, fmt.Errorf("read release %s: %w", r.release, err)
	}
	var all History
	for i := range list.Items {
		one, err := decode(&list.Items[i])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Revision) int { return a.Number - b.Number })
	return all, nil
}

// Get returns one revision. The error is the API server's where it is not there.
func (r Records) Get(ctx context.Context, number int) (Revision, error) {
	secret, err := r.secrets.Get(ctx, fmt.Sprintf("sh.helm.release.v1.%s.v%d", r.release, number), metav1.GetOptions{})
	if err != nil {
		return Revision{}, err
	}
	return decode(secret)
}

// Forget removes a revision from what is kept. Its objects stay.
func (r Records) Forget(ctx context.Context, one Revision) error {
	return r.secrets.Delete(ctx, one.Secret, metav1.DeleteOptions{})
}

// decode reads what Helm writes.
func decode(secret *corev1.Secret) (Revision, error) {
	one := Revision{Secret: secret.Name, Made: secret.CreationTimestamp.Time}
	content, err := unpack(secret)
	if err == nil {
		err = json.Unmarshal(content, &one)
	}
	if err != nil {
		return Revision{}, fmt.Errorf("no release of Helm's is in Secret %s: %w", secret.Name, err)
	}
	return one, nil
}

// unpack returns the JSON of a record, which is compressed, in base64 (under the base64 of the Secret itself).
func unpack(secret *corev1.Secret) ([]byte, error) {
	content, err := base64.StdEncoding.DecodeString(string(secret.Data[recordKey]))
	if err != nil || !bytes.HasPrefix(content, []byte{0x1f, 0x8b}) {
		return content, err
	}
	compressed, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(compressed)
}
