//go:build long

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

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/yaml"
)

// long is how many cases it takes to vary what is passed to Kubernetes, too.
const long = 20_000

// newGenerator returns a generator of the chart's values.
func newGenerator(t *testing.T, seed uint64) *generator {
	root, err := readTree(chartDir + "/values.schema.json")
	require.NoError(t, err)
	defaults, err := readDefaults(chartDir + "/values.yaml")
	require.NoError(t, err)
	g := &generator{random: rand.New(rand.NewPCG(seed, 0)), root: root, defaults: defaults, drawn: tally{}}
	for _, k := range root.all()[1:] {
		if !k.kubernetes || *cases >= long {
			g.wanted = append(g.wanted, k)
		}
	}
	return g
}

// results are what became of the cases.
type results struct {
	sync.Mutex
	outcomes map[outcome]int
	tried    tally // what the server was asked about
	bugs     []string
}

func TestValuesThatTheSchemaAdmitsAreAcceptedByTheServer(t *testing.T) {
	seed := *start
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./test/suite/values -cases %d -seed %d", *cases, seed)
	g := newGenerator(t, seed)
	results := tryAll(t, g)

	t.Log(results)
	require.Empty(t, results.bugs, "seed %d", seed)
	require.Less(t, results.outcomes[refusedByUs], max(2, *cases/5), "cases that do not get to the server, seed %d", seed)
	if *cases >= 200 {
		for _, k := range g.wanted {
			require.GreaterOrEqual(t, len(results.tried[k]), 2, "%s is not varied, seed %d", k.path, seed)
		}
	}
}

// tryAll tries all cases on all cores.
func tryAll(t *testing.T, g *generator) *results {
	results := &results{outcomes: map[outcome]int{}, tried: tally{}}
	drafts := make(chan draft)
	group, ctx := errgroup.WithContext(t.Context())
	group.Go(func() error {
		defer close(drafts)
		for range *cases {
			select {
			case drafts <- g.next():
			case <-ctx.Done():
			}
		}
		return nil
	})
	for range runtime.GOMAXPROCS(0) + 1 {
		group.Go(func() error {
			for d := range drafts {
				if err := results.add(ctx, g, d); err != nil {
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
func (r *results) add(ctx context.Context, g *generator, d draft) error {
	got, why := try(ctx, d)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.Lock()
	defer r.Unlock()
	r.outcomes[got]++
	if got != refusedByUs {
		r.tried.add(g.root, d.values)
	}
	if !got.bug() || len(r.bugs) >= mostBugs {
		return nil
	}
	small, why := shrink(ctx, d, got, why)
	written, err := yaml.Marshal(small)
	if err != nil {
		return err
	}
	r.bugs = append(r.bugs, fmt.Sprintf("values that are %s:\n%s\n%v\n", got, written, why))
	return nil
}

// String lists the share of each outcome, and how many values of the keys were tried.
func (r *results) String() string {
	var out strings.Builder
	fmt.Fprintln(&out, "outcomes:")
	total := 0
	for _, n := range r.outcomes {
		total += n
	}
	for _, o := range slices.Sorted(maps.Keys(r.outcomes)) {
		fmt.Fprintf(&out, "  %5.1f %% %6d %s\n", 100*float64(r.outcomes[o])/float64(total), r.outcomes[o], o)
	}
	fmt.Fprintln(&out, "distinct values that the server was asked about, by key:")
	keys := slices.SortedFunc(maps.Keys(r.tried), func(a, b *key) int { return strings.Compare(a.path, b.path) })
	for _, k := range keys {
		fmt.Fprintf(&out, "  %5d %s\n", len(r.tried[k]), k.path)
	}
	return out.String()
}
