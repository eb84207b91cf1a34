package fleet

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/fleet/worker"
)

// Outcome is what came of a whole fleet.
type Outcome struct {
	Findings []check.Finding // merged and sorted
	Renders  int
	Spent    map[string]int64 // nanoseconds by step, over all workers
}

// Check checks services in workers, side by side. A service whose worker dies is checked once more, release by release,
// so that the finding names the one that it died of; the others go on. progress is called after each service, by one
// goroutine at a time.
func Check(ctx context.Context, services []Service, workers int, options worker.Options, progress func(done int)) (Outcome, error) {
	whole := ctx
	queue := make(chan Service)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(queue)
		for _, service := range services {
			select {
			case queue <- service:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	collected := &collection{outcome: Outcome{Spent: map[string]int64{}}, progress: progress}
	for range min(workers, len(services)) {
		group.Go(func() error {
			w := &checker{options: options}
			defer w.close()
			for service := range queue {
				result, err := w.check(ctx, service)
				if err != nil {
					return err
				}
				collected.add(result)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Outcome{}, err
	}
	collisions, err := located(whole, services, check.Collisions(collected.objects), options)
	if err != nil {
		return Outcome{}, err
	}
	findings := slices.Concat(collected.outcome.Findings, collisions, check.Routes(collected.claims))
	collected.outcome.Findings = check.Merge(findings, options.Setup.Settings.Versions)
	return collected.outcome, nil
}

// located gives each collision the values that it comes from, as far as they can be found.
func located(ctx context.Context, services []Service, collisions []check.Finding, options worker.Options) ([]check.Finding, error) {
	w := &checker{options: options}
	defer w.close()
	for i, f := range collisions {
		at := slices.IndexFunc(services, func(s Service) bool { return s.Name == f.Service })
		if at < 0 {
			continue
		}
		err := w.use(ctx, func(p *worker.Process) (err error) {
			collisions[i], err = p.Locate(ctx, services[at].Releases, f)
			return err
		})
		if _, died := errors.AsType[*worker.Died](err); err != nil && !died {
			return nil, err
		}
	}
	return collisions, nil
}

type collection struct {
	mutex    sync.Mutex
	outcome  Outcome
	objects  []check.Object
	claims   []check.Claim
	done     int
	progress func(done int)
}

func (c *collection) add(result check.Result) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.outcome.Findings = append(c.outcome.Findings, result.Findings...)
	c.outcome.Renders += result.Renders
	c.objects = append(c.objects, result.Objects...)
	c.claims = append(c.claims, result.Claims...)
	for step, spent := range result.Spent {
		c.outcome.Spent[step] += spent
	}
	c.done++
	c.progress(c.done)
}

// checker has a worker, and starts another one when it dies.
type checker struct {
	options worker.Options
	process *worker.Process
}

func (c *checker) close() {
	if c.process != nil {
		c.process.Close()
	}
}

func (c *checker) check(ctx context.Context, service Service) (check.Result, error) {
	result, err := c.ask(ctx, service.Releases)
	var died *worker.Died
	if !errors.As(err, &died) {
		return result, err
	}
	// Which of them was it?
	for _, release := range service.Releases {
		one, err := c.ask(ctx, []check.Release{release})
		if errors.As(err, &died) {
			result.Findings = append(result.Findings, check.Exceeded(release.Service, release.Environment, died.Reason))
			continue
		}
		if err != nil {
			return check.Result{}, err
		}
		result.Findings = append(result.Findings, one.Findings...)
		result.Objects = append(result.Objects, one.Objects...)
		result.Claims = append(result.Claims, one.Claims...)
		result.Renders += one.Renders
	}
	return result, nil
}

func (c *checker) ask(ctx context.Context, releases []check.Release) (result check.Result, err error) {
	err = c.use(ctx, func(p *worker.Process) (err error) {
		result, err = p.Check(ctx, releases)
		return err
	})
	return result, err
}

// use has the worker do something, and starts one if there is none.
func (c *checker) use(ctx context.Context, do func(*worker.Process) error) (err error) {
	if c.process == nil {
		if c.process, err = worker.Start(ctx, c.options); err != nil {
			return err
		}
	}
	err = do(c.process)
	var died *worker.Died
	if errors.As(err, &died) {
		c.process = nil
	}
	return err
}
