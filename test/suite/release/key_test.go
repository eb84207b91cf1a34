package release

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/stretchr/testify/require"
)

// signer is the name that a key is found by.
const signer = "platform@example.com"

// key is one that somebody signs with.
type key struct {
	// secret is the path of what is stored in GitLab: the key as text, which passphrase opens if there is one.
	secret string
	// public is the path of the keyring of those who verify.
	public string
	// passphrase is the path of a file; empty: the key takes none.
	passphrase string
}

// newKey makes a key that an empty passphrase does not protect.
func newKey(t *testing.T, passphrase string) key {
	t.Helper()
	folder := t.TempDir()
	k := key{secret: filepath.Join(folder, "secret.asc"), public: filepath.Join(folder, "public.gpg")}
	entity, err := openpgp.NewEntity("The Platform", "", signer, nil)
	require.NoError(t, err)
	write(t, k.public, entity.Serialize)
	if passphrase != "" {
		k.passphrase = filepath.Join(folder, "passphrase")
		require.NoError(t, os.WriteFile(k.passphrase, []byte(passphrase+"\n"), 0o600))
		require.NoError(t, entity.EncryptPrivateKeys([]byte(passphrase), nil))
	}
	write(t, k.secret, func(to io.Writer) error {
		text, err := armor.Encode(to, openpgp.PrivateKeyType, nil)
		require.NoError(t, err)
		require.NoError(t, entity.SerializePrivateWithoutSigning(text, nil))
		return text.Close()
	})
	return k
}

func write(t *testing.T, path string, content func(io.Writer) error) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, content(file))
	require.NoError(t, file.Close())
}

// sign has `make package` sign with the key.
func (w terminal) sign(k key) {
	w.Env["SIGNING_KEY"], w.Env["SIGNING_NAME"], w.Env["SIGNING_PASSPHRASE"] = k.secret, signer, k.passphrase
}
