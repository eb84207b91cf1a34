package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"gitlab.example.com/platform/slipway/test/suite/kind/load/report"
)

// phases are the requests, by the phase in which each was begun.
type phases struct {
	mutex   sync.Mutex
	current *phase
	byName  map[string]*phase
}

// phase is the requests begun between two calls of start.
type phase struct {
	report.Phase
	streams map[string]*report.Stream
	running sync.WaitGroup
}

// newPhases returns phases of which the first has no name.
func newPhases() *phases {
	p := &phases{byName: map[string]*phase{}}
	p.start("")
	return p
}

// start begins a phase, which ends the one before.
func (p *phases) start(name string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.current = &phase{streams: map[string]*report.Stream{}}
	p.current.Began = time.Now()
	p.byName[name] = p.current
}

// begin counts a request; done takes when it was due, how long it took, and what was wrong.
func (p *phases) begin(stream string) (done func(due time.Time, took time.Duration, err error)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	in := p.current
	in.running.Add(1)
	return func(due time.Time, took time.Duration, err error) {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		defer in.running.Done()
		s := in.streams[stream]
		if s == nil {
			s = &report.Stream{Name: stream}
			in.streams[stream] = s
		}
		s.Microseconds = append(s.Microseconds, took.Microseconds())
		if err != nil {
			s.Failures = append(s.Failures, report.Failure{Due: due, Took: took, Error: err.Error()})
		}
	}
}

// report returns what became of a phase's requests, once all of them have ended; the phase must be over.
func (p *phases) report(name string) (report.Phase, bool) {
	p.mutex.Lock()
	asked := p.byName[name]
	over := asked != nil && asked != p.current
	p.mutex.Unlock()
	if !over {
		return report.Phase{}, false
	}
	asked.running.Wait()

	p.mutex.Lock()
	defer p.mutex.Unlock()
	result := asked.Phase
	for _, s := range asked.streams {
		result.Streams = append(result.Streams, *s)
	}
	return result, true
}

// handler serves phases and reports.
func (p *phases) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /phase", func(_ http.ResponseWriter, r *http.Request) { p.start(r.FormValue("name")) })
	mux.HandleFunc("GET /report", func(w http.ResponseWriter, r *http.Request) {
		result, ok := p.report(r.FormValue("name"))
		if !ok {
			http.Error(w, "no phase of this name is over", http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(result)
	})
	return mux
}
