// Command bench measures slipway check over generated fleets: the time of each release, where it goes, and memory; and
// beside it, in the same run, what people check the same releases with today.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
)

func main() {
	var b bench
	flag.IntVar(&b.services, "services", 1000, "services of the large fleet; the small one has a tenth")
	flag.StringVar(&b.slipway, "slipway", ".build/slipway", "command to measure")
	flag.StringVar(&b.chart, "chart", "charts/microservice", "chart of all services")
	flag.IntVar(&b.workers, "workers", 2, "processes that check side by side, and loops")
	flag.IntVar(&b.ablation, "ablation", 20, "services to look for values in that change nothing, timed apart; 0 for none")
	flag.StringVar(&b.peers, "peers", "test/suite/fleet/bench/peers", "folder of the module that pins kubeconform and helm-unittest")
	flag.IntVar(&b.looped, "loop", 10, "services of the large fleet that the loop goes over; 0 for none")
	flag.IntVar(&b.unittested, "unittest", 100, "services of the large fleet that helm-unittest renders; 0 for none")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	services, workers, ablation, looped, unittested int
	slipway, chart, peers                           string

	dir string // for what is generated
}

// versions is how many of Kubernetes are checked for.
var versions = len(catalogue.Releases)

func (b *bench) run() error {
	var err error
	if b.dir, err = os.MkdirTemp("", "slipway-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for _, path := range []*string{&b.slipway, &b.chart} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	// What is measured must find what is wrong, before it is asked how fast it is. It builds what is missing, too.
	loop, err := b.newLoop()
	if err != nil {
		return err
	}
	unittest, err := b.newUnittest()
	if err != nil {
		return err
	}
	if err := b.control(loop, unittest); err != nil {
		return err
	}

	var s summary
	if s.small, err = b.fleet("small", every(b.services, max(1, b.services/10))); err != nil {
		return err
	}
	if s.large, err = b.fleet("large", every(b.services, b.services)); err != nil {
		return err
	}
	if b.looped > 0 {
		if s.loop, s.looped, err = b.compareLoop(loop, every(b.services, b.looped)); err != nil {
			return err
		}
	}
	if b.unittested > 0 {
		if s.unittest, s.withoutSchema, s.alone, err = b.compareUnittest(unittest, every(b.services, b.unittested)); err != nil {
			return err
		}
	}
	if b.ablation > 0 {
		if err := b.ablate(every(b.services, b.ablation)); err != nil {
			return err
		}
	}
	fmt.Print(s)
	return nil
}

// generate writes a fleet and returns its folder.
func (b *bench) generate(name string, services []int) (string, error) {
	tree := filepath.Join(b.dir, name)
	return tree, generate(tree, services)
}

// write writes a file below the folder of this run.
func (b *bench) write(path, text string) (string, error) {
	path = filepath.Join(b.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o644)
}
