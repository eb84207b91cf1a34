package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/stretchr/testify/require"
)

// armored returns what write writes as text.
func armored(t *testing.T, kind string, write func(io.Writer) error) string {
	t.Helper()
	var text strings.Builder
	w, err := armor.Encode(&text, kind, nil)
	require.NoError(t, err)
	require.NoError(t, write(w))
	require.NoError(t, w.Close())
	return text.String()
}

func TestKeyring(t *testing.T) {
	for _, passphrase := range []string{"", "open sesame"} {
		entity, err := openpgp.NewEntity("The Platform", "", "platform@example.com", nil)
		require.NoError(t, err)
		if passphrase != "" {
			require.NoError(t, entity.EncryptPrivateKeys([]byte(passphrase), nil))
		}
		serialize := func(w io.Writer) error { return entity.SerializePrivateWithoutSigning(w, nil) }
		var want bytes.Buffer
		require.NoError(t, serialize(&want))

		file := filepath.Join(t.TempDir(), "secret.asc")
		require.NoError(t, os.WriteFile(file, []byte(armored(t, openpgp.PrivateKeyType, serialize)), 0o600))
		command, said := newCommand(), bytes.Buffer{}
		command.SetArgs([]string{"keyring", file})
		command.SetOut(&said)
		require.NoError(t, command.Execute())
		require.Equal(t, want.Bytes(), said.Bytes())
	}
}

func TestKeyringMistakes(t *testing.T) {
	entity, err := openpgp.NewEntity("The Platform", "", "platform@example.com", nil)
	require.NoError(t, err)
	secret := armored(t, openpgp.PrivateKeyType, func(w io.Writer) error { return entity.SerializePrivate(w, nil) })
	lines := strings.Split(secret, "\n")
	var binary bytes.Buffer
	require.NoError(t, entity.SerializePrivate(&binary, nil))
	for _, c := range []struct{ name, content, says string }{
		{"no key", "# Slipway\n", "has no OpenPGP key as text: write it with gpg --armor --export-secret-keys NAME"},
		{"empty", "", "has no OpenPGP key as text"},
		{"no text", binary.String(), "has no OpenPGP key as text"},
		{"a public key", armored(t, openpgp.PublicKeyType, entity.Serialize), "has a public key, which signs nothing: write the secret one with gpg --armor --export-secret-keys NAME"},
		{"a signature", armored(t, openpgp.SignatureType, func(io.Writer) error { return nil }), "has a PGP SIGNATURE, which is no key"},
		{"a cut", strings.Join(lines[:len(lines)/2], "\n"), "the key is damaged"},
		{"another content", armored(t, openpgp.PrivateKeyType, func(w io.Writer) error {
			_, err := w.Write([]byte("hello"))
			return err
		}), "the key is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "secret.asc")
			require.NoError(t, os.WriteFile(file, []byte(c.content), 0o600))
			_, err := keyring(file)
			require.ErrorContains(t, err, file+": "+c.says)
		})
	}
	_, err = keyring("nowhere")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "nowhere")
}
