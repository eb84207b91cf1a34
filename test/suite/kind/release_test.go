//go:build e2e

package kind

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

const (
	chart = root + "/charts/microservice"
	// basePath of the service's API.
	basePath = "/example/api/endpoint"
)

// values are the files of a deploy of the example service to dev, in their order: the platform's, then the service's own.
var values = []string{
	root + "/ci/platform/values.yaml",
	root + "/ci/platform/values-dev.yaml",
	root + "/test/example-microservice/deploy/values.yaml",
	root + "/test/example-microservice/deploy/values-dev.yaml",
}

// release is the example service in a project of its own, deployed by that project's deployer.
type release struct {
	project
	helm *helmcli.Program
	// authority is the certificate of the service's host, which it has signed itself.
	authority []byte
}

// newRelease returns a release that is not installed yet, whose host has a certificate.
func newRelease(t *testing.T, helm *helmcli.Program) release {
	t.Helper()
	r := release{project: newProject(t), helm: helm}
	certificate, key := selfSigned(t, r.host())
	r.authority = certificate
	// In a real cluster cert-manager makes it.
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: service + "-tls"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key},
	}
	_, err := admin.client.CoreV1().Secrets(r.name).Create(t.Context(), secret, metav1.CreateOptions{})
	require.NoError(t, err)
	return r
}

// domain of the release's project, which is its own: the Ingress of another release must not get its requests.
func (r release) domain() string { return r.name + ".example.com" }

// host of the release's Ingress.
func (r release) host() string { return "api." + r.domain() }

// by returns the same release as another Helm sees it.
func (r release) by(helm *helmcli.Program) release {
	r.helm = helm
	return r
}

// deploy runs the command of a deploy with a version of the service, and returns when the rollout is over.
func (r release) deploy(version string, args ...string) error {
	r.t.Helper()
	_, err := r.terminal(r.helm).Run("helm", r.deployArguments(version, args...)...)
	return err
}

func (r release) deployArguments(version string, args ...string) []string {
	all := []string{"upgrade", "--install", service, chart}
	for _, file := range values {
		all = append(all, "--values", file)
	}
	return append(append(all, "--set", "image.tag="+version, "--set", "domain="+r.domain(),
		r.helm.RollbackOnFailure, "--wait", "--timeout", "5m"), args...)
}

// mustDeploy runs a deploy that has to succeed.
func (r release) mustDeploy(version string, args ...string) {
	r.t.Helper()
	require.NoError(r.t, r.deploy(version, args...))
}

// revision is a line of `helm history`.
type revision struct {
	Revision    int    `json:"revision"`
	Status      string `json:"status"`
	Description string `json:"description"`
}

// history returns the release's revisions, oldest first.
func (r release) history() []revision {
	r.t.Helper()
	output := r.terminal(r.helm).Must("helm", "history", service, "--output", "json")
	var revisions []revision
	require.NoError(r.t, json.Unmarshal([]byte(output.Stdout), &revisions))
	return revisions
}

// rollback runs `helm rollback`, which has to succeed.
func (r release) rollback(revision int) {
	r.t.Helper()
	r.terminal(r.helm).Must("helm", "rollback", service, strconv.Itoa(revision), "--wait", "--timeout", "5m")
}

// pods returns the service's pods that are not about to go.
func (r release) pods(ctx context.Context) ([]corev1.Pod, error) {
	list, err := admin.client.CoreV1().Pods(r.name).List(ctx, metav1.ListOptions{LabelSelector: "app=" + service})
	if err != nil {
		return nil, err
	}
	var pods []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods, nil
}

// answer of the service.
type answer struct {
	Agent, Version, Message string
}

// get asks the service through the Ingress, as a user outside the cluster does.
func (r release) get(ctx context.Context, path string) (status int, body []byte, err error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.authority)
	client := &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: pool},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, admin.https)
			},
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+r.host()+path, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// selfSigned returns a certificate for a host, and its key, both in PEM.
func selfSigned(t *testing.T, host string) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// message returns the arguments of a deploy that sets another message in the configuration file.
func (r release) message(text string) []string {
	r.t.Helper()
	own, err := os.ReadFile(values[len(values)-1])
	require.NoError(r.t, err)
	changed := strings.Replace(string(own), "hello from dev", text, 1)
	require.NotEqual(r.t, string(own), changed)
	path := filepath.Join(r.t.TempDir(), "values.yaml")
	require.NoError(r.t, os.WriteFile(path, []byte(changed), 0o600))
	return []string{"--values", path}
}
