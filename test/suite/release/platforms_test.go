//go:build e2e && long

package release

import (
	"debug/buildinfo"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
)

// The command is built for every platform that it is released for.
func TestPlatforms(t *testing.T) {
	w := newTerminal(t, helmcli.Helm3)
	_, err := w.Script("make binaries")
	require.NoError(t, err)
	for _, platform := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}} {
		built, err := buildinfo.ReadFile(filepath.Join(w.released, "slipway-"+platform[0]+"-"+platform[1]))
		require.NoError(t, err)
		settings := map[string]string{}
		for _, setting := range built.Settings {
			settings[setting.Key] = setting.Value
		}
		require.Equal(t, platform, [2]string{settings["GOOS"], settings["GOARCH"]})
	}
}
