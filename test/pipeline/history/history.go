// Package history reads what Helm keeps of a release's past.
package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// Revision is one that Helm keeps of a release, as `helm history --output json` prints it.
type Revision struct {
	Number      int    `json:"revision"`
	Status      string `json:"status"`
	Description string `json:"description"`
}

// Of returns the revisions of a release, oldest first, from the helm command on the PATH. The error is what helm says.
func Of(ctx context.Context, release, namespace string) ([]Revision, error) {
	cmd := exec.CommandContext(ctx, "helm", "history", release, "--namespace", namespace, "--max", "256", "--output", "json")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("helm history: %s", bytes.TrimSpace(exit.Stderr))
	}
	if err != nil {
		return nil, err
	}
	var revisions []Revision
	if err := json.Unmarshal(out, &revisions); err != nil {
		return nil, fmt.Errorf("helm history: %w", err)
	}
	return revisions, nil
}

// rolledBack finds in a description which revision was put back.
var rolledBack = regexp.MustCompile(`^Rollback to (\d+)`)

// LastGood returns the last revision that was healthy before what is live now. That is not the one before the last: a
// failed upgrade is a revision too, and so is the way back from it.
func LastGood(revisions []Revision) (int, error) {
	// What a revision is a copy of: of itself, unless it is a way back.
	origin := map[int]int{}
	live := 0
	var healthy []int
	for _, r := range revisions {
		origin[r.Number] = r.Number
		if match := rolledBack.FindStringSubmatch(r.Description); match != nil {
			to, err := strconv.Atoi(match[1])
			if err != nil {
				return 0, err
			}
			origin[r.Number] = to
			if earlier, ok := origin[to]; ok {
				origin[r.Number] = earlier
			}
		}
		if r.Status == "deployed" {
			live = origin[r.Number]
		}
		if r.Description == "Install complete" || r.Description == "Upgrade complete" {
			healthy = append(healthy, r.Number)
		}
	}
	good := 0
	for _, number := range healthy {
		if number < live {
			good = max(good, number)
		}
	}
	if good == 0 {
		return 0, fmt.Errorf("there is no good revision before the one that is live; there are:\n%s", list(revisions))
	}
	return good, nil
}

func list(revisions []Revision) string {
	var lines []string
	for _, r := range revisions {
		lines = append(lines, fmt.Sprintf("  %d\t%s\t%s", r.Number, r.Status, r.Description))
	}
	return strings.Join(lines, "\n")
}
