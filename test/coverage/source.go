package coverage

import (
	"maps"
	"slices"
	"strings"
)

// Sources are named by what they are.
const (
	testWord    = "test "
	serviceWord = "service "
)

// TestSource is the name of a test among the sources of a profile.
func TestSource(name string) string { return testWord + name }

// ServiceSource is that of a service in an environment, or of one without any.
func ServiceSource(service, environment string) string {
	if environment == "" {
		return serviceWord + service
	}
	return serviceWord + service + " in " + environment
}

// OnlyTests are the arms that tests reach and no service uses. There are none where no service was rendered.
func (r Result) OnlyTests() (arms []Seen) {
	if len(r.services()) == 0 {
		return nil
	}
	for _, arm := range r.Arms {
		if len(arm.By) > 0 && !slices.ContainsFunc(arm.By, isService) {
			arms = append(arms, arm)
		}
	}
	return arms
}

func isService(source string) bool { return strings.HasPrefix(source, serviceWord) }

func (r Result) services() []string {
	found := map[string]bool{}
	for _, arm := range r.Arms {
		for _, source := range arm.By {
			if isService(source) {
				found[source] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Few returns a few services that reach together all that the services reach, and how many services there are: each next
// one is that which adds most. There may be fewer that do.
func (r Result) Few() (few []string, of int) {
	reach := map[string]map[int]bool{}
	left := map[int]bool{}
	for i, arm := range r.Arms {
		for _, source := range arm.By {
			if isService(source) {
				if reach[source] == nil {
					reach[source] = map[int]bool{}
				}
				reach[source][i], left[i] = true, true
			}
		}
	}
	names := slices.Sorted(maps.Keys(reach))
	for len(left) > 0 {
		best, most := "", 0
		for _, name := range names {
			adds := 0
			for arm := range reach[name] {
				if left[arm] {
					adds++
				}
			}
			if adds > most {
				best, most = name, adds
			}
		}
		few = append(few, best)
		for arm := range reach[best] {
			delete(left, arm)
		}
	}
	return few, len(names)
}
