package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// Files in the cluster's folder. The certificate authority's key is in none of them.
const (
	caCert               = "ca.crt"
	servingCert          = "apiserver.crt"
	servingKey           = "apiserver.key"
	serviceAccountKey    = "service-account.key"
	componentsKubeconfig = "components.kubeconfig"
	adminKubeconfig      = "admin.kubeconfig"
	unpublished          = ".unpublished"
)

// writeCredentials makes a certificate authority and what it signs: the API server's certificate, and one client
// certificate each for the components and for the administrator.
func writeCredentials(server *net.TCPAddr) error {
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if err := os.WriteFile(caCert, ca.pem(), 0o600); err != nil {
		return err
	}

	serving, key, err := ca.sign(x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// 10.96.0.1 is the Service "kubernetes".
		IPAddresses: []net.IP{server.IP, net.IPv4(10, 96, 0, 1)},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(servingCert, serving, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(servingKey, key, 0o600); err != nil {
		return err
	}

	_, key, err = newKey()
	if err != nil {
		return err
	}
	if err := os.WriteFile(serviceAccountKey, key, 0o600); err != nil {
		return err
	}

	for user, file := range map[string]string{
		"slipway-control-plane": componentsKubeconfig,
		"kubernetes-admin":      adminKubeconfig + unpublished,
	} {
		if err := ca.writeKubeconfig(file, server, user); err != nil {
			return err
		}
	}
	return nil
}

// authority is a certificate authority that lives in memory alone.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority() (authority, error) {
	key, _, err := newKey()
	if err != nil {
		return authority{}, err
	}
	c, err := cert.NewSelfSignedCACert(cert.Config{CommonName: "slipway"}, key)
	return authority{cert: c, key: key}, err
}

func (a authority) pem() []byte { return encodeCert(a.cert.Raw) }

// sign returns the certificate that template describes, with a new key, both as PEM. It is valid as long as the authority.
func (a authority) sign(template x509.Certificate) (certPEM, keyPEM []byte, err error) {
	key, keyPEM, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	// An hour back, for clocks that differ.
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), a.cert.NotAfter
	der, err := x509.CreateCertificate(rand.Reader, &template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	return encodeCert(der), keyPEM, nil
}

func newKey() (crypto.Signer, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	keyPEM, err := keyutil.MarshalPrivateKeyToPEM(key)
	return key, keyPEM, err
}

func encodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: cert.CertificateBlockType, Bytes: der})
}
