// Package services measures which arms of a chart the services of a fleet use.
package services

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"

	"golang.org/x/sync/errgroup"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
)

// Options are limits, and what is rendered for.
type Options struct {
	Kubernetes string        // version, such as "1.30"
	Timeout    time.Duration // of one release
	Memory     uint64        // bytes of the whole process
}

// Measure renders each release and returns what they reach. It fails on the first that does not render. Helm cannot be
// stopped: after an error about a limit, a render may still be going on, and the program is to end.
func Measure(ctx context.Context, loaded *render.Chart, chart *coverage.Chart, releases []check.Release, options Options) (*coverage.Profile, error) {
	capabilities, err := kubernetes.Version(options.Kubernetes).Capabilities()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go watchMemory(ctx, options.Memory, stop)
	profile := chart.NewProfile()
	done := make(chan error, 1)
	go func() {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(runtime.GOMAXPROCS(0))
		for _, release := range releases {
			group.Go(func() error {
				if ctx.Err() != nil {
					return nil // the error that ended it is known
				}
				where := named(release)
				timer := time.AfterFunc(options.Timeout, func() {
					stop(fmt.Errorf("%s: takes longer than %s to render: a template may never end; see --timeout", where, options.Timeout))
				})
				defer timer.Stop()
				values, err := check.Values(release, loaded)
				if err != nil {
					return fmt.Errorf("%s: %w", where, err)
				}
				source := coverage.ServiceSource(release.Service, release.Environment)
				if _, err := chart.Render(ctx, profile, source, render.Release{Name: release.Name, Namespace: release.Namespace}, values, render.Capabilities(capabilities)); err != nil {
					return fmt.Errorf("%s does not render, so nothing is measured: %w", where, err)
				}
				return nil
			})
		}
		done <- group.Wait()
	}()
	select {
	case err := <-done:
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		return profile, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func named(release check.Release) string {
	if release.Environment == "" {
		return release.Service
	}
	return release.Service + " in " + release.Environment
}

var errMemory = errors.New("more memory than --memory gives: a template may write without end")

// watchMemory ends a measurement that takes too much: a template can double a text until the machine has none left.
func watchMemory(ctx context.Context, limit uint64, stop context.CancelCauseFunc) {
	used := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			if metrics.Read(used); used[0].Value.Uint64() > limit {
				stop(errMemory)
				return
			}
		}
	}
}
