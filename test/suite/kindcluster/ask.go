package kindcluster

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
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// Host of an Ingress, with a certificate (PEM) that it has signed itself.
type Host struct {
	Name        string
	Certificate []byte

	address string
}

// NewHost makes a certificate for a host and stores it, with its key, in a Secret, as cert-manager does in a real cluster.
func (c *Cluster) NewHost(t *testing.T, name, namespace, secret string) Host {
	t.Helper()
	certificate, key := selfSigned(t, name)
	_, err := c.Client.CoreV1().Secrets(namespace).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: secret}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	return Host{Name: name, Certificate: certificate, address: c.HTTPS}
}

// Get asks a path of the host through the ingress controller, as a user outside the cluster does, on a connection of its own.
func (h Host) Get(ctx context.Context, path string) (status int, body []byte, err error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(h.Certificate)
	client := &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: pool},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, h.address)
			},
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+h.Name+path, nil)
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

// Answer of the example service.
type Answer struct {
	Agent, Version, Message string
}

// WaitForAnswer waits until a version of the example service answers at a path: the ingress controller learns of an
// Ingress, and of its pods, a moment after they are there.
func (h Host) WaitForAnswer(t *testing.T, path, version string) Answer {
	t.Helper()
	var got Answer
	Eventually(t, version+" answers through the Ingress", func(ctx context.Context) error {
		status, body, err := h.Get(ctx, path)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("status %d: %s", status, body)
		}
		if err := json.Unmarshal(body, &got); err != nil {
			return err
		}
		if got.Version != version {
			return fmt.Errorf("it is %s that answers", got.Version)
		}
		return nil
	})
	return got
}

// Eventually fails the test unless check returns nil before a generous deadline.
func Eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	eventually.NoError(t, what, check)
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
