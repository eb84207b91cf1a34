package helm

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// History is what Helm keeps of a release: its revisions, oldest first; empty if there is no release.
type History []Revision

// Newest is the last revision; there must be one.
func (h History) Newest() Revision { return h[len(h)-1] }

// Last is the number of the newest revision, 0 if there is none.
func (h History) Last() int {
	if len(h) == 0 {
		return 0
	}
	return h.Newest().Number
}

// Number returns the revision with a number.
func (h History) Number(number int) (Revision, bool) {
	i := slices.IndexFunc(h, func(one Revision) bool { return one.Number == number })
	if i < 0 {
		return Revision{}, false
	}
	return h[i], true
}

// Unfinished says whether a helm is at work on the newest revision, or was when it died.
func (h History) Unfinished() bool {
	return len(h) > 0 && (h.Newest().Info.Status == Uninstalling || strings.HasPrefix(h.Newest().Info.Status, "pending-"))
}

// Good returns the last revision that is, or was, live as a whole.
func (h History) Good() (Revision, bool) {
	for _, one := range slices.Backward(h) {
		if one.Info.Status == Deployed {
			return one, true
		}
	}
	for _, one := range slices.Backward(h) {
		if one.Good() {
			return one, true
		}
	}
	return Revision{}, false
}

// Recorded returns the revision that Helm takes for the live one: the last that was deployed, or else the newest.
func (h History) Recorded() (Revision, bool) {
	for _, one := range slices.Backward(h) {
		if one.Info.Status == Deployed {
			return one, true
		}
	}
	if len(h) == 0 {
		return Revision{}, false
	}
	return h.Newest(), true
}

// ErrNothingBefore is the error of a release that has no good revision before the live one.
var ErrNothingBefore = errors.New("there is no good revision before the one that is live")

// GoodBefore returns the last good revision before what is live now, which a rollback leads to. That is not the revision
// before the newest: a failed upgrade is a revision too, and so is the way back from it.
//
// What is live is what the newest revision has written. If that did not become good (it failed, or was cut off) the good one
// before is the one that it was to replace; or, where it was a way back itself, the one that this led to. The error is
// ErrNothingBefore, with what there is.
func (h History) GoodBefore() (Revision, error) {
	if len(h) == 0 {
		return Revision{}, errors.New("there is no release")
	}
	newest := h.Newest()
	if newest.Good() {
		return h.goodBefore(h.origin(newest))
	}
	if newest.Info.Status == PendingRollback {
		if to, ok := h.Number(h.origin(newest)); ok && to.Good() {
			return to, nil
		}
	}
	if good, ok := h.Good(); ok {
		return good, nil
	}
	return Revision{}, h.nothingBefore()
}

// goodBefore returns the last good revision of what there was before revision number, rather itself than a later copy of it.
func (h History) goodBefore(number int) (Revision, error) {
	var best Revision
	for _, one := range h {
		if origin := h.origin(one); one.Good() && origin < number && origin > h.origin(best) {
			best = one
		}
	}
	if best.Number == 0 {
		return Revision{}, h.nothingBefore()
	}
	return best, nil
}

// rollbackTo begins the description of a rollback.
var rollbackTo = regexp.MustCompile(`^Rollback to (\d+)`)

// IsRollback says whether the revision is a way back to an earlier one.
func (r Revision) IsRollback() bool {
	return r.Info.RollbackRevision != 0 || rollbackTo.MatchString(r.Info.Description)
}

// origin is the number of the revision that one is a copy of: of itself, unless it is a way back.
func (h History) origin(one Revision) int {
	to := one.Info.RollbackRevision
	if match := rollbackTo.FindStringSubmatch(one.Info.Description); match != nil {
		to, _ = strconv.Atoi(match[1]) // digits alone
	}
	if to == 0 || to >= one.Number {
		return one.Number
	}
	if earlier, ok := h.Number(to); ok {
		return h.origin(earlier)
	}
	return to
}

// unfinishedOrFailed matches the descriptions of revisions that never were live as a whole. All others were: somebody may
// have given them one of their own (--description).
var unfinishedOrFailed = regexp.MustCompile(`^((Release|Upgrade|Rollback) ".*" failed: |Initial install underway|Preparing upgrade|superseded by new release)`)

// Good says whether the revision is, or was, live as a whole. `superseded` alone does not say so: a failed revision is called
// that too once another follows, so the description decides.
func (r Revision) Good() bool {
	return r.Info.Status == Deployed || r.Info.Status == Superseded && !unfinishedOrFailed.MatchString(r.Info.Description)
}

func (h History) nothingBefore() error { return fmt.Errorf("%w; there are:\n%s", ErrNothingBefore, h) }

// String lists the revisions for people, a line each.
func (h History) String() string {
	var lines []string
	for _, one := range h {
		lines = append(lines, fmt.Sprintf("  %d\t%s\t%s", one.Number, one.Info.Status, one.Info.Description))
	}
	return strings.Join(lines, "\n")
}

// AllGood are those of the revisions that are, or were, live as a whole.
func (h History) AllGood() History {
	return slices.DeleteFunc(slices.Clone(h), func(one Revision) bool { return !one.Good() })
}
