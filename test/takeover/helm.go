package takeover

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"gitlab.example.com/platform/slipway/test/helm"
)

// render returns what the command would make live, and its hooks. Nothing changes.
func (t *takeover) render(ctx context.Context) (helm.Revision, error) {
	said, err := t.helm.Output(ctx, t.command.with("--dry-run=server", "--output=json", "--take-ownership")...)
	if err != nil {
		return helm.Revision{}, err
	}
	var rendered helm.Revision
	if err := json.Unmarshal([]byte(said), &rendered); err != nil {
		return helm.Revision{}, fmt.Errorf("what helm --dry-run=server prints: %w", err)
	}
	return rendered, nil
}

// upgrade makes a revision of the release from a chart of the takeover's own.
func (t *takeover) upgrade(ctx context.Context, chart string, flags ...string) error {
	return t.helm.Run(ctx, append([]string{"upgrade", "--install", t.command.release, chart}, flags...)...)
}

// live returns the revision that is live as far as is recorded: the last one that was deployed, or else the last one.
func live(all []helm.Revision) (helm.Revision, bool) {
	if len(all) == 0 {
		return helm.Revision{}, false
	}
	for _, one := range slices.Backward(all) {
		if one.Info.Status == helm.Deployed {
			return one, true
		}
	}
	return all[len(all)-1], true
}

// CutOff says whether the revisions of a release, oldest first, are of a takeover that did not come to its end: old pods may
// serve beside the chart's, and only a takeover knows the way back.
func CutOff(all []helm.Revision) bool {
	last, recorded := live(all)
	return recorded && unfinished(last)
}
