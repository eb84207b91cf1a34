package kubeconfig

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

// address says what is wrong with the API server's address.
func address(server string) error {
	u, err := url.Parse(server)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return fmt.Errorf("is %q, and must be the API server's address, such as https://api.dev.example.com:6443", server)
	case u.Scheme != "https":
		return fmt.Errorf("is %q, and must begin with https://: a token is sent over nothing else", u.Redacted())
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("is %q, and must be an address alone, without a login or parameters", u.Redacted())
	}
	return nil
}

// credential says what is wrong with the looks of a token.
func credential(token string) error {
	decoded, err := base64.StdEncoding.DecodeString(token)
	switch {
	case strings.ContainsAny(token, " \t\r\n"):
		return errors.New("holds white space, and must be the token alone, as `kubectl create token` prints it")
	case err == nil && bytes.HasPrefix(decoded, []byte("eyJ")):
		return errors.New("is encoded in base64, as it is in a Secret: decode it (go-template='{{.data.token | base64decode}}')")
	}
	return nil
}

const (
	beginPEM = "-----BEGIN"
	noCA     = "must be the cluster's certificate authority: a variable of type File, or the text from -----BEGIN CERTIFICATE----- on"
)

// authority returns the certificates of a certificate authority. ca is the path that GitLab gives to a variable of type
// File, or the text itself: GitLab's form and the shells on the way are hard on line ends, so those that were lost are
// put back, and the base64 of `certificate-authority-data` in a kubeconfig does as well.
func authority(ca string) ([]byte, error) {
	text := ca
	if decoded, err := base64.StdEncoding.DecodeString(ca); err == nil && bytes.HasPrefix(decoded, []byte(beginPEM)) {
		text = string(decoded)
	} else if !strings.Contains(ca, beginPEM) {
		if len(ca) > 4096 || strings.Contains(ca, "\n") {
			return nil, errors.New(noCA)
		}
		content, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("%s (%w)", noCA, err)
		}
		text = string(content)
	}

	var found []byte
	var last *x509.Certificate
	valid := false
	for rest := []byte(lines(text)); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("holds a %s: give the certificate alone", block.Type)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds no readable certificate: %w", err)
		}
		last, valid = certificate, valid || time.Now().Before(certificate.NotAfter)
		found = append(found, pem.EncodeToMemory(block)...)
	}
	switch {
	case last == nil:
		return nil, errors.New(noCA + "; this one is cut off, or something else")
	case !valid:
		return nil, fmt.Errorf("is a certificate that has expired on %s", last.NotAfter.Format(time.DateOnly))
	}
	return found, nil
}

// lines puts the line ends of PEM text back that have become spaces or the two characters \n.
func lines(text string) string {
	text = strings.ReplaceAll(text, `\n`, "\n")
	var b strings.Builder
	for i, part := range strings.Split(text, "-----") {
		// Every other part is what stands between the dashes: BEGIN CERTIFICATE.
		if i%2 == 1 {
			b.WriteString("-----" + part + "-----\n")
			continue
		}
		for _, field := range strings.Fields(part) {
			b.WriteString(field + "\n")
		}
	}
	return b.String()
}
