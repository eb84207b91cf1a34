package takeover

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// revision is a revision of a release as Helm 3 and 4 store and print it.
type revision struct {
	Version   int    `json:"version"`
	Namespace string `json:"namespace"`
	Info      struct {
		Status string `json:"status"`
	} `json:"info"`
	Chart struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Files []struct {
			Name string `json:"name"`
			Data []byte `json:"data"`
		} `json:"files"`
	} `json:"chart"`
	Manifest string `json:"manifest"`
	Hooks    []struct {
		Manifest string `json:"manifest"`
	} `json:"hooks"`
}

const deployed = "deployed"

// revisions returns what is recorded of a release, oldest first. Helm keeps each in a Secret.
// https://helm.sh/docs/topics/advanced/#storage-backends
func (c *cluster) revisions(ctx context.Context, name string) ([]revision, error) {
	secrets, err := c.records(ctx, name)
	if err != nil {
		return nil, err
	}
	var all []revision
	for _, secret := range secrets {
		one, err := decodeRevision(secret.Data["release"])
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", secret.Name, err)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b revision) int { return cmp.Compare(a.Version, b.Version) })
	return all, nil
}

func (c *cluster) records(ctx context.Context, name string) ([]corev1.Secret, error) {
	list, err := c.typed.CoreV1().Secrets(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=" + name})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// forget removes all that is recorded of a release. Its objects stay.
func (c *cluster) forget(ctx context.Context, name string) error {
	secrets, err := c.records(ctx, name)
	if err != nil {
		return err
	}
	for _, secret := range secrets {
		if err := c.typed.CoreV1().Secrets(c.namespace).Delete(ctx, secret.Name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func decodeRevision(data []byte) (revision, error) {
	zipped, err := base64.StdEncoding.DecodeString(string(data))
	if err != nil {
		return revision{}, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return revision{}, err
	}
	var one revision
	return one, json.NewDecoder(reader).Decode(&one)
}

// objects returns what the revision makes live, hooks left out, in Helm's order.
func (r revision) objects() ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(r.Manifest), 4096); ; {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("what the chart renders: %w", err)
		}
		if len(object.Object) > 0 {
			all = append(all, object)
		}
	}
}

// live returns the revision that is live as far as is recorded: the last one that was deployed, or else the last one.
func live(all []revision) (revision, bool) {
	if len(all) == 0 {
		return revision{}, false
	}
	for _, one := range slices.Backward(all) {
		if one.Info.Status == deployed {
			return one, true
		}
	}
	return all[len(all)-1], true
}
