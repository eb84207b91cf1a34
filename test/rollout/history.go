package rollout

import (
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/helm"
)

// rollbackTo begins the description of a rollback.
const rollbackTo = "Rollback to "

// history is a release's revisions, oldest first; empty if there is none.
type history []helm.Revision

// newest is the last revision; there must be one.
func (h history) newest() helm.Revision { return h[len(h)-1] }

// last is the number of the newest revision, 0 if there is none.
func (h history) last() int {
	if len(h) == 0 {
		return 0
	}
	return h.newest().Number
}

// good returns the last revision that is, or was, live as a whole. `superseded` alone does not say so: a failed revision
// is called that too once another follows, so the description decides.
func (h history) good() (helm.Revision, bool) {
	for _, one := range slices.Backward(h) {
		if one.Info.Status == helm.Deployed {
			return one, true
		}
	}
	for _, one := range slices.Backward(h) {
		if one.Info.Status == helm.Superseded && wasDeployed(one.Info.Description) {
			return one, true
		}
	}
	return helm.Revision{}, false
}

// wasDeployed knows the descriptions of revisions that became live; a failed one has `Release "x" failed: ...` or
// `Upgrade "x" failed: ...`.
func wasDeployed(description string) bool {
	for _, prefix := range []string{"Install complete", "Upgrade complete", rollbackTo} {
		if strings.HasPrefix(description, prefix) {
			return true
		}
	}
	return false
}
