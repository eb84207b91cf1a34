package helmcli

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	os.Setenv("HELM_NAMESPACE", "of-the-user")
	os.Setenv("KUBECONFIG", "of-the-user")
	folder, err := os.MkdirTemp("", "slipway-helmcli-")
	if err == nil {
		err = Install(context.Background(), folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// Each program is the Helm that it says, called by its path or from a script.
func TestVersions(t *testing.T) {
	ForBoth(t, func(t *testing.T, p *Program) {
		w := Terminal{T: t, Program: p}
		want := fmt.Sprintf(`^v%d\.\d+`, p.Major)
		require.Regexp(t, want, w.Must("helm", "version", "--template", "{{.Version}}").Stdout)
		said, err := w.Script("helm version --template '{{.Version}}'")
		require.NoError(t, err)
		require.Regexp(t, want, said.Stdout)
		require.NotEqual(t, p, p.Other())
	})
}

func TestTerminal(t *testing.T) {
	ForBoth(t, func(t *testing.T, p *Program) {
		folder := t.TempDir()
		w := Terminal{T: t, Program: p, Kubeconfig: "of-the-terminal", Folder: folder, Env: map[string]string{"MORE": "more"}}
		said, err := w.Script(`echo "$KUBECONFIG $MORE"; pwd; echo warned >&2`)
		require.NoError(t, err)
		require.Equal(t, Output{Stdout: "of-the-terminal more\n" + folder, Stderr: "warned"}, said)
		require.Contains(t, w.Must("helm", "env", "HELM_NAMESPACE").Stdout, "default", "what the user has set is forgotten")

		_, err = w.Run("helm", "no-such-command")
		require.ErrorContains(t, err, "exit status 1")
		require.ErrorContains(t, err, `unknown command "no-such-command"`)
		_, err = w.Script("false; echo not reached")
		require.ErrorContains(t, err, "exit status 1")
	})
}
