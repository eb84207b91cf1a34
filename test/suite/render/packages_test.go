package render_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/tool"
)

// writeKeyrings makes a key, which takes a second, and writes the keyrings that hold it into a folder.
func writeKeyrings(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	key, err := openpgp.NewEntity("The Platform", "", "platform@example.com", nil)
	require.NoError(t, err)
	write := func(path string, serialize func(io.Writer) error) {
		file, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, serialize(file))
		require.NoError(t, file.Close())
	}
	write(filepath.Join(dir, "secring.gpg"), func(w io.Writer) error { return key.SerializePrivate(w, nil) })
	write(filepath.Join(dir, "pubring.gpg"), key.Serialize)
	return dir
}

// useKeyrings puts the keyrings of one folder into another, in place of those that are there.
func useKeyrings(t *testing.T, from, dir string) {
	t.Helper()
	for _, name := range []string{"secring.gpg", "pubring.gpg"} {
		content, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
}

// The commands of docs/packages.md, each helm with what either has signed; and what they refuse.
func TestSignedPackages(t *testing.T) {
	var commands [][]string
	for _, block := range blocks(t, "packages.md", "sh") {
		for command := range strings.Lines(block) {
			words := strings.Fields(command)
			require.Equal(t, "helm", words[0])
			commands = append(commands, words[1:])
		}
	}
	require.Len(t, commands, 4)
	// There is no cluster: what gets that far has been verified.
	t.Setenv("HELM_KUBEAPISERVER", "https://127.0.0.1:1")
	sign, checks := commands[0], commands[1:]
	archive := checks[0][1]
	own, another := writeKeyrings(t), writeKeyrings(t)

	// What is done to a signed package, and what is said then; empty: it is taken.
	cases := []struct {
		name   string
		change func(t *testing.T, dir string, signer tool.Tool)
		says   string
	}{
		{name: "as it was signed", change: func(*testing.T, string, tool.Tool) {}},
		{name: "another content", says: "sha256 sum does not match", change: func(t *testing.T, dir string, signer tool.Tool) {
			values := filepath.Join(dir, "charts/microservice/values.yaml")
			text, err := os.ReadFile(values)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(values, append(text, "# changed\n"...), 0o600))
			_, err = runHelm(t, signer, dir, "package", "charts/microservice", "--destination", "packages")
			require.NoError(t, err)
		}},
		{name: "another key", says: "openpgp: signature made by unknown entity", change: func(t *testing.T, dir string, _ tool.Tool) {
			useKeyrings(t, another, dir)
		}},
		{name: "no signature", says: ".prov", change: func(t *testing.T, dir string, _ tool.Tool) {
			require.NoError(t, os.Remove(filepath.Join(dir, archive+".prov")))
		}},
	}
	for _, signer := range helms {
		for _, verifier := range helms {
			for _, c := range cases {
				if c.says != "" && signer.Name != verifier.Name {
					continue
				}
				t.Run(signer.Name+" signs, "+verifier.Name+" verifies/"+c.name, func(t *testing.T) {
					dir := t.TempDir()
					require.NoError(t, os.CopyFS(filepath.Join(dir, "charts/microservice"), os.DirFS(chartDir)))
					require.NoError(t, os.WriteFile(filepath.Join(dir, "values.yaml"), []byte(required), 0o600))
					useKeyrings(t, own, dir)
					_, err := runHelm(t, signer, dir, sign...)
					require.NoError(t, err)
					require.FileExists(t, filepath.Join(dir, archive), "the page names another version")
					c.change(t, dir, signer)
					for _, check := range checks {
						_, err := runHelm(t, verifier, dir, check...)
						switch {
						case c.says != "":
							require.ErrorContains(t, err, c.says, check)
						case check[0] == "install":
							require.ErrorContains(t, err, "cluster unreachable", check)
						default:
							require.NoError(t, err, check)
						}
					}
				})
			}
		}
	}
}
