// Package worker checks services in processes of their own, under limits of time and memory: a template cannot be
// stopped, so what renders must be able to die alone.
package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"gitlab.example.com/platform/slipway/test/check"
)

// Setup is what a worker is told first.
type Setup struct {
	Settings check.Settings `json:"settings"`
	Memory   uint64         `json:"memory"` // bytes, above which it ends itself
	// Time is the processor time that one step may take, such as a render; above it, it ends itself. The time on the clock
	// says little on a machine that has other work.
	Time time.Duration `json:"time"`
}

// About is what a worker is to look at.
type About string

const (
	// All is a service with all of its releases.
	All About = ""
	// Alone are releases without what shows beside the others of their service alone.
	Alone About = "alone"
	// Files are the values files of all releases beside each other, for which nothing is rendered.
	Files About = "files"
	// Made is what releases make; nothing is found in them.
	Made About = "made"
)

// request is a service to look at, or of which a collision is to be located.
type request struct {
	Releases []check.Release `json:"releases"`
	About    About           `json:"about,omitempty"`
	Locate   *check.Finding  `json:"locate,omitempty"`
}

// do has a checker do it.
func (r request) do(ctx context.Context, checker *check.Checker) (check.Result, error) {
	if r.Locate != nil {
		return check.Result{Findings: []check.Finding{checker.Locate(ctx, r.Releases, *r.Locate)}}, nil
	}
	switch r.About {
	case Alone:
		return checker.Alone(ctx, r.Releases)
	case Files:
		return checker.Files(r.Releases), nil
	case Made:
		return checker.Made(ctx, r.Releases)
	default:
		return checker.Service(ctx, r.Releases)
	}
}

type answer struct {
	Alive  bool          `json:"alive,omitempty"` // no result yet, but a step further
	Result *check.Result `json:"result,omitempty"`
	Error  string        `json:"error,omitempty"`
}

// Exit codes of a worker that took too much memory, or time.
const (
	exitMemory = 86
	exitTime   = 87
)

// Serve is a worker's main: it reads a Setup and then services, as JSON, and writes an answer to each. It returns when
// there is no more to read. Where the other side is gone, or memory is up, it ends the process.
func Serve(in io.Reader, out io.Writer) error {
	// The one thread that renders may be stuck in a template, so another one reads.
	requests := json.NewDecoder(bufio.NewReader(in))
	var setup Setup
	if err := requests.Decode(&setup); err != nil {
		return err
	}
	limitMemory(setup.Memory)
	var step atomic.Int64 // processor time at the beginning of this step
	go watch(setup, &step)
	// A worker renders in one goroutine; the second thread collects garbage while the others of the machine work.
	runtime.GOMAXPROCS(2)
	// Most of what a render makes is garbage at once. A larger heap is collected less often.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(int64(setup.Memory / 8 * 3))

	services := make(chan request)
	go func() {
		defer close(services)
		for {
			var service request
			if err := requests.Decode(&service); err != nil {
				if !errors.Is(err, io.EOF) {
					os.Exit(1)
				}
				// Nobody waits for the answer of what is being rendered now.
				os.Exit(0)
			}
			services <- service
		}
	}()

	answers := json.NewEncoder(out)
	checker, err := check.NewChecker(setup.Settings)
	if err != nil {
		return answers.Encode(answer{Error: err.Error()})
	}
	said := time.Now()
	checker.Alive = func() {
		step.Store(int64(used()))
		if time.Since(said) > time.Second {
			said = time.Now()
			_ = answers.Encode(answer{Alive: true})
		}
	}
	for service := range services {
		checker.Alive()
		result, err := service.do(context.Background(), checker)
		reply := answer{Result: &result}
		if err != nil {
			reply = answer{Error: err.Error()}
		}
		if err := answers.Encode(reply); err != nil {
			return err
		}
	}
	return nil
}

// watch ends the process when its heap is over the limit, or a step has taken too long.
func watch(setup Setup, step *atomic.Int64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		metrics.Read(sample)
		if sample[0].Value.Uint64() > setup.Memory {
			os.Exit(exitMemory)
		}
		if used()-time.Duration(step.Load()) > setup.Time {
			os.Exit(exitTime)
		}
	}
}
