// Package report is what the load generator says about a phase of its requests.
package report

import (
	"slices"
	"strings"
	"time"
)

// Phase is what became of the requests that were begun in a phase.
type Phase struct {
	Began   time.Time
	Streams []Stream
}

// Stream is the requests of one sort.
type Stream struct {
	// Name says what the stream asks: target, connections, method and length, with commas between.
	Name string
	// Microseconds that each request took from when it was due, failed ones included.
	Microseconds []int64
	Failures     []Failure
}

// Failure is a request that did not get the right answer.
type Failure struct {
	Due   time.Time
	Took  time.Duration
	Error string
}

// Requests returns the number of requests, failed ones included.
func (p Phase) Requests() int {
	n := 0
	for _, s := range p.Streams {
		n += len(s.Microseconds)
	}
	return n
}

// Failures returns the failed requests of all streams, in the order in which they were due.
func (p Phase) Failures() []Failure {
	var all []Failure
	for _, s := range p.Streams {
		for _, f := range s.Failures {
			f.Error = s.Name + ": " + f.Error
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b Failure) int { return a.Due.Compare(b.Due) })
	return all
}

// Only returns the streams that have each of the words in their names.
func (p Phase) Only(words ...string) Phase {
	p.Streams = slices.DeleteFunc(slices.Clone(p.Streams), func(s Stream) bool {
		parts := strings.Split(s.Name, ", ")
		return slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(parts, word) })
	})
	return p
}

// Join returns the requests of several phases as if they were one.
func Join(phases ...Phase) Phase {
	var all Phase
	for i, p := range phases {
		if i == 0 {
			all.Began = p.Began
		}
		all.Streams = append(all.Streams, p.Streams...)
	}
	return all
}

// Percentiles returns for each of the percentages, from 0 to 100, how long that part of the requests took at most; 100 is
// the longest. It is zero where there was no request.
func (p Phase) Percentiles(percentages ...float64) []time.Duration {
	var took []int64
	for _, s := range p.Streams {
		took = append(took, s.Microseconds...)
	}
	slices.Sort(took)
	result := make([]time.Duration, len(percentages))
	for i, percentage := range percentages {
		if len(took) > 0 {
			last := int(percentage / 100 * float64(len(took)))
			result[i] = time.Duration(took[min(last, len(took)-1)]) * time.Microsecond
		}
	}
	return result
}
