package registry

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Files of the folder that belong to TLS.
const (
	authorityFile   = "ca.crt"
	certificateFile = "registry.crt"
	keyFile         = "registry.key"
)

// validity is far more than a test takes, and allows for a clock that differs.
const validity = 24 * time.Hour

// writeCertificates writes a new authority's certificate, and one for the address that it has signed with its key.
func writeCertificates(folder string, address net.IP) error {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test's registry"},
		NotBefore: time.Now().Add(-validity), NotAfter: time.Now().Add(validity),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: address.String()}, IPAddresses: []net.IP{address},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writeCertificate(filepath.Join(folder, authorityFile), authority, authorityKey.Public(), authority, authorityKey),
		writeCertificate(filepath.Join(folder, certificateFile), certificate, key.Public(), authority, authorityKey),
		writePEM(filepath.Join(folder, keyFile), "PRIVATE KEY", encodedKey),
	)
}

func writeCertificate(path string, certificate *x509.Certificate, key crypto.PublicKey, signer *x509.Certificate, signerKey crypto.Signer) error {
	der, err := x509.CreateCertificate(rand.Reader, certificate, signer, key, signerKey)
	if err != nil {
		return err
	}
	return writePEM(path, "CERTIFICATE", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
