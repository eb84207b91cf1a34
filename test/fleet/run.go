package fleet

import (
	"context"
	"errors"
	"reflect"
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
// so that the finding names the one that it died of; the others go on. Of the services beside them, only what they make is
// looked at. progress is called after each service that is checked, by one goroutine at a time.
func Check(ctx context.Context, found Found, workers int, options worker.Options, progress func(done int)) (Outcome, error) {
	options.Setup.Settings.References = references(slices.Concat(found.Services, found.Beside))
	collected := &collection{outcome: Outcome{Spent: map[string]int64{}}, progress: progress}
	if err := each(ctx, found.Services, workers, options, (*checker).check, collected.add); err != nil {
		return Outcome{}, err
	}
	beside := &collection{outcome: Outcome{Spent: collected.outcome.Spent}, progress: func(int) {}}
	if err := each(ctx, found.Beside, workers, options, (*checker).made, beside.add); err != nil {
		return Outcome{}, err
	}
	all := slices.Concat(found.Services, found.Beside)
	objects, claims := slices.Concat(collected.objects, beside.objects), slices.Concat(collected.claims, beside.claims)
	// What those beside have against each other is not asked.
	collisions := without(check.Collisions(objects), check.Collisions(beside.objects))
	collisions, err := located(ctx, all, collisions, options)
	if err != nil {
		return Outcome{}, err
	}
	findings := slices.Concat(collected.outcome.Findings, beside.outcome.Findings, collisions,
		without(check.Routes(claims), check.Routes(beside.claims)), without(check.Twins(releases(all)), check.Twins(releases(found.Beside))))
	collected.outcome.Renders += beside.outcome.Renders
	findings = check.Near(findings, releases(all))
	collected.outcome.Findings = check.Merge(findings, options.Setup.Settings.Versions)
	return collected.outcome, nil
}

// fewReferences is how many releases of a chart stand for the others: one may be unlike all the rest.
const fewReferences = 2

// references are the first releases of services that have a chart in common, of two services each, where there are more. They
// do not depend on which worker checks what.
func references(services []Service) (chosen []check.Release) {
	byChart := map[string][]check.Release{}
	var charts []string
	for _, service := range services {
		first := service.Releases[0]
		if len(byChart[first.Chart]) == 0 {
			charts = append(charts, first.Chart)
		}
		byChart[first.Chart] = append(byChart[first.Chart], first)
	}
	for _, chart := range charts {
		if all := byChart[chart]; len(all) > fewReferences {
			chosen = append(chosen, all[:fewReferences]...)
		}
	}
	return chosen
}

// each has workers do something with each service, side by side.
func each(ctx context.Context, services []Service, workers int, options worker.Options,
	do func(*checker, context.Context, Service) (check.Result, error), add func(check.Result),
) error {
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
	for range min(workers, len(services)) {
		group.Go(func() error {
			w := &checker{options: options}
			defer w.close()
			for service := range queue {
				result, err := do(w, ctx, service)
				if err != nil {
					return err
				}
				add(result)
			}
			return nil
		})
	}
	return group.Wait()
}

// releases are those of all services.
func releases(services []Service) (all []check.Release) {
	for _, service := range services {
		all = append(all, service.Releases...)
	}
	return all
}

// without returns the findings that are not among others.
func without(findings, others []check.Finding) []check.Finding {
	return slices.DeleteFunc(findings, func(f check.Finding) bool {
		return slices.ContainsFunc(others, func(other check.Finding) bool { return reflect.DeepEqual(f, other) })
	})
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
	result, err := c.ask(ctx, service.Releases, worker.All)
	var died *worker.Died
	if !errors.As(err, &died) {
		return result, err
	}
	// Which of them was it?
	for _, release := range service.Releases {
		one, err := c.ask(ctx, []check.Release{release}, worker.Alone)
		if errors.As(err, &died) {
			result.Findings = append(result.Findings, check.Exceeded(release, died.Reason))
			continue
		}
		if err != nil {
			return check.Result{}, err
		}
		result.Add(one)
	}
	// What shows in the files of all of them, nothing is rendered for.
	files, err := c.ask(ctx, service.Releases, worker.Files)
	if err != nil && !errors.As(err, &died) {
		return check.Result{}, err
	}
	result.Add(files)
	return result, nil
}

// made asks what a service makes.
func (c *checker) made(ctx context.Context, service Service) (check.Result, error) {
	result, err := c.ask(ctx, service.Releases, worker.Made)
	if died, ok := errors.AsType[*worker.Died](err); ok {
		return check.Result{Findings: []check.Finding{check.Exceeded(service.Releases[0], died.Reason)}}, nil
	}
	return result, err
}

func (c *checker) ask(ctx context.Context, releases []check.Release, about worker.About) (result check.Result, err error) {
	err = c.use(ctx, func(p *worker.Process) (err error) {
		result, err = p.Check(ctx, releases, about)
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
