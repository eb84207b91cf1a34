package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// open are the places of the chart that admit any key: another program says what they mean.
var open = []string{
	"/config/files/example",
	"/extraObjects/example",
	"/extraObjects/example/metadata",
	"/global",
	"/keda/triggers/example/metadata",
	"/volumes/example/csi/volumeAttributes",
}

// bad is a key that no object has and no map admits.
const bad = "no such key!"

// probe is a place that takes an object, and the chart's defaults with an object there that has one key too many.
type probe struct {
	at    place
	wrong map[string]any
}

// probes returns all of them. Without the key their values are right.
func (w walker) probes() []probe {
	var probes []probe
	validate := w.compile()
	for _, at := range w.places() {
		if !at.schema.Type.admits("object") {
			continue
		}
		object := func(value any) map[string]any {
			if object, ok := value.(map[string]any); ok {
				return maps.Clone(object)
			}
			return w.sample(at.schema, "object").(map[string]any)
		}
		right := w.with(at, func(value any) any { return object(value) })
		require.NoError(w.t, validate(right), "%s: the test's own values", at)
		wrong := w.with(at, func(value any) any {
			object := object(value)
			object[bad] = nil
			return object
		})
		probes = append(probes, probe{at, wrong})
	}
	return probes
}

// openPlaces returns the places that admit any key. At all others the error must give the key and the path.
func openPlaces(t *testing.T, probes []probe, validate func(map[string]any) error) []string {
	var open []string
	for _, probe := range probes {
		if err := validate(probe.wrong); err == nil {
			open = append(open, probe.at.String())
		} else {
			require.ErrorContains(t, err, fmt.Sprintf("at '%s': additional properties '%s' not allowed", probe.at, bad))
		}
	}
	return open
}

func TestEveryUnknownKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	require.Equal(t, open, openPlaces(t, w.probes(), w.compile()))
}

// The test above sees a level that has been opened: every sixth of them, since each compiles the schema anew.
func TestAnOpenLevelIsFound(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	probes := w.probes()
	var closed []*schema
	for _, s := range w.all() {
		if s.AdditionalProperties != nil && s.AdditionalProperties.never {
			closed = append(closed, s)
		}
	}
	opened := 0
	for i := 5; i < len(closed); i += 6 {
		closed[i].AdditionalProperties = nil
		require.True(t, oneMoreIsOpen(probes, w.compile()), "an open level is not found")
		closed[i].AdditionalProperties = &schema{never: true}
		opened++
	}
	require.Greater(t, opened, 20)
	require.False(t, oneMoreIsOpen(probes, w.compile()))
}

// oneMoreIsOpen says whether a place admits any key that is not to. It looks no further than the first, since that is what an
// error costs most in: to be put into words, of which every branch of the schema has some.
func oneMoreIsOpen(probes []probe, validate func(map[string]any) error) bool {
	return slices.ContainsFunc(probes, func(p probe) bool {
		return validate(p.wrong) == nil && !slices.Contains(open, p.at.String())
	})
}

// all returns every schema in the file, each once.
func (w walker) all() []*schema {
	all := []*schema{w.root}
	for _, name := range slices.Sorted(maps.Keys(w.root.Defs)) {
		all = append(all, w.root.Defs[name])
	}
	for i := 0; i < len(all); i++ {
		all = append(all, slices.Collect(maps.Values(w.children(all[i])))...)
	}
	return all
}
