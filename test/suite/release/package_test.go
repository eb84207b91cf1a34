package release

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// What each Helm packages and signs, with a key that a passphrase protects or none, both verify.
func TestPackage(t *testing.T) {
	for name, passphrase := range map[string]string{"no passphrase": "", "passphrase": "open sesame"} {
		t.Run(name, func(t *testing.T) {
			k, other := newKey(t, passphrase), newKey(t, "")
			helmcli.ForEach(t, func(t *testing.T, p *helmcli.Program) {
				w := newTerminal(t, p)
				w.sign(k)
				_, err := w.Script("make package")
				require.NoError(t, err)
				for _, chart := range charts {
					archive := filepath.Join(w.released, chart+"-"+chartVersion(t, chart)+".tgz")
					for _, verifier := range helmcli.Programs {
						w.Program = verifier
						w.Must("helm", "verify", archive, "--keyring", k.public)
						_, err := w.Run("helm", "verify", archive, "--keyring", other.public)
						require.ErrorContains(t, err, "signature made by unknown entity")
					}
				}
			})
		})
	}
}

func TestPackageMistakes(t *testing.T) {
	k := newKey(t, "open sesame")
	for _, c := range []struct {
		name, says string
		change     func(env map[string]string)
	}{
		{name: "no such file", says: "nowhere", change: func(env map[string]string) { env["SIGNING_KEY"] = "nowhere" }},
		{name: "no key in the file", says: "README.md: has no OpenPGP key as text: write it with gpg --armor --export-secret-keys NAME", change: func(env map[string]string) { env["SIGNING_KEY"] = "README.md" }},
		{name: "no name", says: "--key is required for signing a package", change: func(env map[string]string) { delete(env, "SIGNING_NAME") }},
		{name: "another's name", says: "private key not found", change: func(env map[string]string) { env["SIGNING_NAME"] = "nobody@example.com" }},
		{name: "another passphrase", says: "private key checksum failure", change: func(env map[string]string) { env["SIGNING_PASSPHRASE"] = "LICENSE" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTerminal(t, helmcli.Helm3)
			w.sign(k)
			c.change(w.Env)
			_, err := w.Script("make package")
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Nothing is published that nobody has signed, nor without saying where to.
func TestPublishMistakes(t *testing.T) {
	w := newTerminal(t, helmcli.Helm3)
	_, err := w.Script("make package")
	require.NoError(t, err)
	_, err = w.Script("make publish REGISTRY=127.0.0.1:1/platform")
	require.ErrorContains(t, err, "microservice-"+chartVersion(t, "microservice")+".tgz is not there with a signature: make package SIGNING_KEY=FILE")
	_, err = w.Script("make publish")
	require.ErrorContains(t, err, "REGISTRY: say where to")

	// It is not enough that the registry does not say that the version is there.
	w.sign(newKey(t, ""))
	_, err = w.Script("make package && make publish REGISTRY=127.0.0.1:1/platform")
	require.ErrorContains(t, err, "127.0.0.1:1/platform/charts/project:"+chartVersion(t, "project")+": cannot tell whether it is published")
	require.ErrorContains(t, err, "connection refused")
}

// The version has its notes, and no tag but its own is released.
func TestNotes(t *testing.T) {
	w := newTerminal(t, helmcli.Helm3)
	version := chartVersion(t, "microservice")
	_, err := w.Script("make notes GIT_TAG=v" + version)
	require.NoError(t, err)
	notes, err := os.ReadFile(filepath.Join(w.released, "notes.md"))
	require.NoError(t, err)
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	require.NoError(t, err)
	require.Contains(t, string(changelog), "\n## "+version+"\n\n"+string(notes))

	_, err = w.Script("make notes GIT_TAG=v0.0.1")
	require.ErrorContains(t, err, "the tag is v0.0.1, and the charts have version "+version)
}

// The command says the version that it was released with, and its checksum finds a program that is another.
func TestBinaries(t *testing.T) {
	w := newTerminal(t, helmcli.Helm3)
	native := "slipway-" + runtime.GOOS + "-" + runtime.GOARCH
	// As the packages are compiled already; the suite's long half builds what is released.
	_, err := w.Script("make binaries TRIMPATH= PLATFORMS=" + runtime.GOOS + "/" + runtime.GOARCH)
	require.NoError(t, err)
	said, err := w.Script(filepath.Join(w.released, native) + " --version")
	require.NoError(t, err)
	require.Equal(t, "slipway version "+chartVersion(t, "microservice"), said.Stdout)

	check := "cd '" + w.released + "' && sha256sum --check --strict SHA256SUMS"
	said, err = w.Script(check)
	require.NoError(t, err)
	require.Contains(t, said.Stdout, native+": OK")
	require.NoError(t, os.WriteFile(filepath.Join(w.released, native), []byte("another"), 0o755))
	_, err = w.Script(check)
	require.ErrorContains(t, err, "1 computed checksum did NOT match")
}
