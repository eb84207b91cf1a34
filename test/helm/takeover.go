package helm

// Names of the charts that a takeover records on its way, in the order in which they are live. The last revision of a
// takeover that has come to its end is of the team's own chart.
const (
	// HandMadeChart has the objects as they were applied by hand.
	HandMadeChart = "hand-made"
	// BetweenChart has what the team's chart renders, with a Service that fits old pods and old Ingresses as well.
	BetweenChart = "between-hand-made-and-chart"
)

// OnTheWay says whether the revision is one that a takeover makes on its way.
func (r Revision) OnTheWay() bool {
	return r.Chart.Metadata.Name == HandMadeChart || r.Chart.Metadata.Name == BetweenChart
}

// TakeoverCutOff says whether the revisions are of a takeover that did not come to its end: old pods may serve beside the
// chart's, and only a takeover knows the way back.
func (h History) TakeoverCutOff() bool {
	last, recorded := h.Recorded()
	return recorded && last.OnTheWay()
}
