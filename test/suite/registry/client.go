package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// manifests are the kinds of manifest that images and charts have.
var manifests = strings.Join([]string{
	"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
	"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
}, ", ")

// ErrNotFound is returned for what is not in the registry.
var ErrNotFound = errors.New("not in the registry")

// DockerConfig returns what `docker login` would write for an account: the content of a config.json.
func (r *Registry) DockerConfig(account Account) []byte {
	auth := base64.StdEncoding.EncodeToString([]byte(account.User + ":" + account.Password))
	return fmt.Appendf(nil, `{"auths": {%q: {"auth": %q}}}`+"\n", r.Address, auth)
}

// Tags returns the tags of a repository, such as the-project/example-microservice; none if there is no such repository.
func (r *Registry) Tags(ctx context.Context, repository string) ([]string, error) {
	var list struct{ Tags []string }
	content, _, err := r.get(ctx, repository+"/tags/list", "")
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return list.Tags, json.Unmarshal(content, &list)
}

// Manifest returns what a tag or digest of a repository stands for, and its digest. The error is ErrNotFound if there is none.
func (r *Registry) Manifest(ctx context.Context, repository, reference string) (content []byte, digest string, err error) {
	content, header, err := r.get(ctx, repository+"/manifests/"+reference, manifests)
	return content, header.Get("Docker-Content-Digest"), err
}

// Blob returns the content of a digest that a manifest names.
func (r *Registry) Blob(ctx context.Context, repository, digest string) ([]byte, error) {
	content, _, err := r.get(ctx, repository+"/blobs/"+digest, "")
	return content, err
}

// Client returns a client that trusts the registry, and nobody else.
func (r *Registry) Client() (*http.Client, error) {
	authority, err := os.ReadFile(r.Authority)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, nil
}

func (r *Registry) get(ctx context.Context, path, accept string) ([]byte, http.Header, error) {
	client, err := r.Client()
	if err != nil {
		return nil, nil, err
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+r.Address+"/v2/"+path, nil)
	if err != nil {
		return nil, nil, err
	}
	request.SetBasicAuth(r.Puller.User, r.Puller.Password)
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, nil, err
	case response.StatusCode == http.StatusNotFound:
		return nil, response.Header, fmt.Errorf("%s: %w", path, ErrNotFound)
	case response.StatusCode != http.StatusOK:
		return nil, response.Header, fmt.Errorf("%s: %s: %s", path, response.Status, content)
	}
	return content, response.Header, nil
}
