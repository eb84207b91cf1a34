package rollout

import (
	"fmt"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/helm"
)

// recovery is what makes a release ready for the next deploy after one was cut off. The zero value is: nothing.
type recovery struct {
	// uninstall the release: there was never a good revision.
	uninstall bool
	// forget these revisions first, then roll back to this one (0: do not).
	forget   []helm.Revision
	rollback int
	// settle says why the newest revision is recorded as failed, and nothing else is done: Helm deploys over that.
	settle string
}

// none says that nothing is to be done.
func (r recovery) none() bool { return !r.uninstall && r.rollback == 0 && r.settle == "" }

// String says for people what is done.
func (r recovery) String() string {
	switch {
	case r.uninstall:
		return "uninstalling it"
	case r.settle != "":
		return "deploying over it, since " + r.settle
	case r.rollback != 0:
		return fmt.Sprintf("rolling back to revision %d", r.rollback)
	}
	return "nothing to do"
}

// noWayBack begins the description of a revision that was not undone, since the API server refused it.
const noWayBack = "No way back to revision "

// hasNoWayBack says whether going back to the last good revision was refused since that. It is not tried again before a
// deploy has gone well.
func hasNoWayBack(h helm.History) bool {
	good, _ := h.Good()
	return slices.ContainsFunc(h, func(one helm.Revision) bool {
		return one.Number > good.Number && strings.HasPrefix(one.Info.Description, noWayBack)
	})
}

// dead returns the revisions since the good one that have other objects than it.
func dead(h helm.History, good helm.Revision) []helm.Revision {
	var all []helm.Revision
	for _, one := range h {
		if one.Number > good.Number && one.Manifest != good.Manifest {
			all = append(all, one)
		}
	}
	return all
}

// recoveryOf says what to do if nobody works on the release any more, as far as its history tells; plan looks at what is live
// too. Each case was measured with Helm 3 and 4.
func recoveryOf(h helm.History) recovery {
	if len(h) == 0 {
		return recovery{}
	}
	good, ok := h.Good()
	switch h.Newest().Info.Status {
	case helm.PendingInstall, helm.Uninstalling:
		// Helm does not install over one, and Helm 3 keeps fields of a dead install if its record alone is removed.
		return recovery{uninstall: true}
	case helm.PendingUpgrade, helm.PendingRollback:
		if ok {
			return wayBack(h, good, good.Number)
		}
		// An upgrade of a first install that had failed. What that one made may serve by now: not uninstalled.
		if len(h) > 1 {
			return recovery{rollback: h[len(h)-2].Number}
		}
		return recovery{uninstall: true}
	case helm.Failed, helm.Superseded:
		if ok {
			return wayBack(h, good, good.Number)
		}
		// The next upgrade takes over from a first install that failed, and removes what only that one had.
	}
	return recovery{}
}

// wayBack leads to the objects of a good revision. Helm 3 removes only what the newest revision's manifest holds, so the
// newest one must be the one whose objects are live. That is not so after a rollback that was cut off, or went wrong: its
// manifest is the good revision's already. Such a revision is forgotten first.
//
// floor is the number of the last revision before the trouble.
func wayBack(h helm.History, good helm.Revision, floor int) recovery {
	// Those with the good revision's manifest again, newest first: cut off in between, the rest can be told again.
	var after []helm.Revision
	for i, one := range slices.Backward(h) {
		if one.Number <= floor {
			break
		}
		if one.Manifest == good.Manifest {
			after = append(after, one)
			continue
		}
		// What follows this one was to undo it.
		for _, origin := range slices.Backward(h[:i]) {
			if origin.Manifest == good.Manifest {
				return recovery{forget: after, rollback: origin.Number}
			}
		}
		break
	}
	return recovery{rollback: good.Number}
}

// wentBack says whether the newest revision is a rollback of a failed one, and returns the number of the last revision
// before that. Such a rollback by Helm 3 may say that it is live where it is not.
func wentBack(h helm.History) (floor int, ok bool) {
	if len(h) == 0 || h.Newest().Info.Status != helm.Deployed || !h.Newest().IsRollback() {
		return 0, false
	}
	i := len(h) - 2
	for i >= 0 && h[i].Info.Status == helm.Failed {
		i--
	}
	if i == len(h)-2 || i < 0 {
		return 0, false
	}
	return h[i].Number, true
}
