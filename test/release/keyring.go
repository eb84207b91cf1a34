package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// export is what writes such a file.
const export = "gpg --armor --export-secret-keys NAME"

// keyring returns the secret keys of a file, which has them as text, in the binary form that Helm reads.
func keyring(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	keys, err := dearmor(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return keys, nil
}

func dearmor(text []byte) ([]byte, error) {
	block, err := armor.Decode(bytes.NewReader(text))
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("has no OpenPGP key as text: write it with %s", export)
	}
	if err != nil {
		return nil, err
	}
	switch block.Type {
	case openpgp.PrivateKeyType:
	case openpgp.PublicKeyType:
		return nil, fmt.Errorf("has a public key, which signs nothing: write the secret one with %s", export)
	default:
		return nil, fmt.Errorf("has a %s, which is no key: write the secret key with %s", block.Type, export)
	}
	keys, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, fmt.Errorf("the key is damaged: %w", err)
	}
	if _, err := openpgp.ReadKeyRing(bytes.NewReader(keys)); err != nil {
		return nil, fmt.Errorf("the key is damaged: %w", err)
	}
	return keys, nil
}
