package values

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/yaml"

	"gitlab.example.com/platform/slipway/test/render"
)

// long is how many cases it takes to vary what is passed to Kubernetes, too.
const long = 20_000

// newGenerator returns a generator of the values of the chart in a folder, that varies all keys that the chart owns.
func newGenerator(t *testing.T, chartDir string, seed uint64) *generator {
	root, err := readTree(chartDir + "/values.schema.json")
	require.NoError(t, err)
	defaults, err := readDefaults(chartDir + "/values.yaml")
	require.NoError(t, err)
	g := &generator{random: rand.New(rand.NewPCG(seed, 0)), root: root, defaults: defaults, drawn: tally{}, strays: 150, foci: 12, wildness: 2}
	for _, k := range root.all()[1:] {
		if !k.passed {
			g.wanted = append(g.wanted, k)
		}
	}
	return g
}

// results are what became of the cases.
type results struct {
	sync.Mutex
	cases    int
	outcomes map[outcome]int
	tried    tally             // what the server was asked about
	messages map[string]int    // of the chart's, how often
	bugs     map[string]string // by what is said, of which one is enough
}

func TestValuesThatTheSchemaAdmitsAreAcceptedByTheServer(t *testing.T) {
	t.Parallel()
	seed := *start
	if seed == 0 {
		seed = rand.Uint64()
	}
	again := fmt.Sprintf("go test ./test/suite/values -run %s -cases %d -seed %d", t.Name(), *cases, seed)
	t.Log(again)
	chart, err := render.Load(chartDir)
	require.NoError(t, err)
	g := newGenerator(t, chartDir, seed)
	if *cases >= long {
		g.wanted, g.foci = slices.DeleteFunc(g.root.all()[1:], meaningless), 3
	}
	results := tryAll(t, chart, g, *cases)

	t.Log(results)
	assert.Empty(t, slices.Collect(maps.Values(results.bugs)), again)
	assert.Less(t, results.outcomes[refusedByUs], max(2, *cases/5), "cases that do not get to the server: "+again)
	if *cases >= allCases {
		assert.Empty(t, results.constant(g.wanted), "keys that are not varied: "+again)
	}
}

// meaningless says whether a key has no value that the chart takes: Kubernetes' type has it, in this place it is a mistake.
func meaningless(k *key) bool {
	return strings.HasSuffix(k.path, "readinessProbe.terminationGracePeriodSeconds")
}

// tryAll tries cases on all cores.
func tryAll(t *testing.T, chart *render.Chart, g *generator, cases int) *results {
	results := &results{outcomes: map[outcome]int{}, tried: tally{}, messages: map[string]int{}, bugs: map[string]string{}}
	drafts := make(chan draft)
	group, ctx := errgroup.WithContext(t.Context())
	group.Go(func() error {
		defer close(drafts)
		for range cases {
			select {
			case drafts <- g.next():
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	for range runtime.GOMAXPROCS(0) + 1 {
		group.Go(func() error {
			for d := range drafts {
				if err := results.add(ctx, t, chart, g, d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	return results
}

// mostBugs are shown, and made small, which takes long.
const mostBugs = 25

// add tries a case.
func (r *results) add(ctx context.Context, t *testing.T, chart *render.Chart, g *generator, d draft) error {
	got, why := try(ctx, chart, d)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.Lock()
	defer r.Unlock()
	r.outcomes[got]++
	if r.cases++; r.cases%1000 == 0 {
		t.Logf("%d cases, %d sorts of bugs", r.cases, len(r.bugs))
	}
	if got == refusedByUs {
		for _, message := range messages(why) {
			r.messages[message]++
		}
	} else {
		r.tried.add(g.root, g.root.inEffect(d.values, g.defaults))
	}
	if !got.bug() || len(r.bugs) >= mostBugs {
		return nil
	}
	kind := string(got) + ": " + gist(why)
	if _, known := r.bugs[kind]; known {
		return nil
	}
	small, why := shrink(ctx, chart, d, got, why)
	written, err := yaml.Marshal(small)
	if err != nil {
		return err
	}
	r.bugs[kind] = fmt.Sprintf("values that are %s:\n%s\n%v\n", got, written, why)
	t.Log(r.bugs[kind]) // at once: a long run may be stopped
	return nil
}

// constant lists the keys of which fewer than two values were tried.
func (r *results) constant(keys []*key) []string {
	var constant []string
	for _, k := range keys {
		if len(r.tried[k]) < 2 {
			constant = append(constant, fmt.Sprintf("%s (%d)", k.path, len(r.tried[k])))
		}
	}
	return constant
}

// String lists the share of each outcome, and how many values of the keys were tried.
func (r *results) String() string {
	var out strings.Builder
	fmt.Fprintln(&out, "outcomes:")
	for _, o := range slices.Sorted(maps.Keys(r.outcomes)) {
		fmt.Fprintf(&out, "  %5.1f %% %6d %s\n", 100*float64(r.outcomes[o])/float64(r.cases), r.outcomes[o], o)
	}
	fmt.Fprintln(&out, "the chart's messages:")
	for _, message := range slices.SortedFunc(maps.Keys(r.messages), func(a, b string) int { return r.messages[b] - r.messages[a] }) {
		fmt.Fprintf(&out, "  %5d %s\n", r.messages[message], message)
	}
	fmt.Fprintln(&out, "distinct values that the server was asked about, by key:")
	keys := slices.SortedFunc(maps.Keys(r.tried), func(a, b *key) int { return strings.Compare(a.path, b.path) })
	for _, k := range keys {
		fmt.Fprintf(&out, "  %5d %s\n", len(r.tried[k]), k.path)
	}
	return out.String()
}
