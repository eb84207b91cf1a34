package helmcli

import (
	"encoding/json"
	"strings"

	"github.com/stretchr/testify/require"
)

// Revision is a line of `helm history`.
type Revision struct {
	Number      int    `json:"revision"`
	Status      string `json:"status"`
	Chart       string `json:"chart"`
	Description string `json:"description"`
}

// History returns a release's revisions, oldest first; none if there is no release. args are further flags.
func (w Terminal) History(release string, args ...string) []Revision {
	w.T.Helper()
	output, err := w.Run("helm", append([]string{"history", release, "--output", "json"}, args...)...)
	if err != nil && strings.Contains(err.Error(), "release: not found") {
		return nil
	}
	require.NoError(w.T, err)
	var all []Revision
	require.NoError(w.T, json.Unmarshal([]byte(output.Stdout), &all))
	return all
}
