package follow

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Annotation of a workload that says when a rollout of it is given up, as ParsePatience reads it. It wins over what the
// command says.
const Annotation = "slipway.example.com/give-up-after"

// Never is the limit that nothing reaches.
const Never = "never"

// Patience says how much of which trouble is borne until a rollout is hopeless. Of the kinds that it does not name it says
// nothing.
type Patience map[kind]limit

// limit is how much of a kind of trouble makes a rollout hopeless. The zero value is never.
type limit struct {
	// times that it happened, where it can be counted. 0 for never.
	times int
	// lasts is how long it is seen without a break. 0 for never.
	lasts time.Duration
}

// defaults: not the first sight, since most of it can heal.
var defaults = Patience{
	// Nothing heals a name. A little longer than a look, so that a half-written status is no failure.
	badImage: {lasts: 5 * time.Second},
	// The kubelet tries again after 10, 20, 40 s. Registries have bad moments.
	image: {times: 3, lasts: 90 * time.Second},
	// An operator may be making the Secret: External Secrets takes seconds.
	config: {lasts: 30 * time.Second},
	// Started again at once, and after 10 s. What it depends on may come a moment later.
	crash: {times: 3},
	// Pods that are going count against a quota until their grace period is over.
	notCreated: {lasts: time.Minute},
	// An autoscaler needs minutes for a node.
	unschedulable: {lasts: 3 * time.Minute},
	// Whether it is slow or never ready, its Deployment's progressDeadlineSeconds says.
	notStarted: {},
	notReady:   {},
	// Kubernetes has waited already.
	none: {times: 1},
}

// named are the kinds as people write them, and what limits they take beside never.
var named = []struct {
	name          string
	kind          kind
	counts, lasts bool
}{
	{"crashes", crash, true, false},
	{"pull", image, true, true},
	{"image", badImage, false, true},
	{"config", config, false, true},
	{"pods", notCreated, false, true},
	{"node", unschedulable, false, true},
	{"start", notStarted, false, true},
	{"ready", notReady, false, true},
	{"deadline", none, false, false},
}

// kinds is the list of what may be written.
const kinds = "crashes=NUMBER, pull=NUMBER or pull=DURATION (5m), DURATION for image, config, pods, node, start and ready, " +
	"never for each of them and for deadline, separated by commas, or never alone for all"

// ParsePatience reads what people write, such as "crashes=5,config=2m,node=never", or "never". A later entry wins.
func ParsePatience(text string) (Patience, error) {
	p := Patience{}
	if strings.TrimSpace(text) == "" {
		return p, nil
	}
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		if entry == Never {
			for k := range defaults {
				p[k] = limit{}
			}
			continue
		}
		if err := p.set(entry); err != nil {
			return nil, fmt.Errorf("%q: %w; there are %s", entry, err, kinds)
		}
	}
	return p, nil
}

func (p Patience) set(entry string) error {
	name, value, ok := strings.Cut(entry, "=")
	if !ok {
		return fmt.Errorf("has no limit")
	}
	for _, n := range named {
		if n.name != name {
			continue
		}
		times, notNumber := strconv.Atoi(value)
		lasts, notDuration := time.ParseDuration(value)
		switch {
		case value == Never:
			p[n.kind] = limit{}
		case n.counts && notNumber == nil && times > 0:
			p[n.kind] = limit{times: times}
		case n.lasts && notDuration == nil && lasts > 0:
			p[n.kind] = limit{lasts: lasts}
		default:
			return fmt.Errorf("%q is no limit of %s", value, name)
		}
		return nil
	}
	return fmt.Errorf("there is no kind %q", name)
}

// Over returns what p says, and for kinds of which it says nothing what another does.
func (p Patience) Over(other Patience) Patience {
	all := maps.Clone(other)
	if all == nil {
		all = Patience{}
	}
	maps.Copy(all, p)
	return all
}
