package helm

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// recordKey is where a Secret has Helm's record, and statusLabel repeats its status: Helm finds revisions by it.
const (
	recordKey   = "release"
	statusLabel = "status"
)

// Settle records what became of a revision whose Helm has died, as that Helm would have: Helm refuses to work on a release
// whose newest revision is pending.
func (r Records) Settle(ctx context.Context, one Revision, status, description string) error {
	return r.rewrite(ctx, one, func(secret *corev1.Secret, record map[string]any) error {
		info, ok := record["info"].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: the record has no info", "Secret "+one.Secret)
		}
		info["status"], info["description"] = status, description
		if secret.Labels == nil {
			secret.Labels = map[string]string{}
		}
		secret.Labels[statusLabel] = status
		return nil
	})
}

// SetManifest records other objects for a revision: those to which Helm goes back with it.
func (r Records) SetManifest(ctx context.Context, one Revision, manifest string) error {
	return r.rewrite(ctx, one, func(_ *corev1.Secret, record map[string]any) error {
		record["manifest"] = manifest
		return nil
	})
}

// rewrite changes a record, and keeps all that is in it and that is not known here.
func (r Records) rewrite(ctx context.Context, one Revision, change func(secret *corev1.Secret, record map[string]any) error) error {
	secret, err := r.secrets.Get(ctx, one.Secret, metav1.GetOptions{})
	if err != nil {
		return err
	}
	content, err := unpack(secret)
	if err != nil {
		return fmt.Errorf("%s: %w", "Secret "+one.Secret, err)
	}
	var record map[string]any
	numbers := json.NewDecoder(bytes.NewReader(content))
	numbers.UseNumber() // as they are written
	if err := numbers.Decode(&record); err != nil {
		return fmt.Errorf("%s: %w", "Secret "+one.Secret, err)
	}
	if err := change(secret, record); err != nil {
		return err
	}
	if content, err = json.Marshal(record); err != nil {
		return err
	}
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	if _, err := writer.Write(content); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	secret.Data[recordKey] = []byte(base64.StdEncoding.EncodeToString(compressed.Bytes()))
	_, err = r.secrets.Update(ctx, secret, metav1.UpdateOptions{})
	return err
}
