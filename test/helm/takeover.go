package helm

import "slices"

// Names of the charts that a takeover records on its way, in the order in which they are live. The last revision of a
// takeover that has come to its end is of the team's own chart.
const (
	// HandMadeChart has the objects as they were applied by hand.
	HandMadeChart = "hand-made"
	// BetweenChart has what the team's chart renders, with a Service that fits old pods and old Ingresses as well.
	BetweenChart = "between-hand-made-and-chart"
)

// Live returns the revision of a release that is live as far as is recorded: the last one that was deployed, or else the last
// one; false if there is none. The revisions come oldest first.
func Live(all []Revision) (Revision, bool) {
	if len(all) == 0 {
		return Revision{}, false
	}
	for _, one := range slices.Backward(all) {
		if one.Info.Status == Deployed {
			return one, true
		}
	}
	return all[len(all)-1], true
}

// OnTheWay says whether the revision is one that a takeover makes on its way.
func (r Revision) OnTheWay() bool {
	return r.Chart.Metadata.Name == HandMadeChart || r.Chart.Metadata.Name == BetweenChart
}

// TakeoverCutOff says whether the revisions of a release, oldest first, are of a takeover that did not come to its end: old
// pods may serve beside the chart's, and only a takeover knows the way back.
func TakeoverCutOff(all []Revision) bool {
	last, recorded := Live(all)
	return recorded && last.OnTheWay()
}
