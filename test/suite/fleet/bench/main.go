// Command bench measures slipway check over generated fleets: the time of each release, where it goes, and memory.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	services := flag.Int("services", 1000, "services of the large fleet; the small one has a tenth")
	slipway := flag.String("slipway", ".build/slipway", "command to measure")
	chart := flag.String("chart", "charts/microservice", "chart of all services")
	workers := flag.Int("workers", 2, "processes that check side by side")
	ablation := flag.Int("ablation", 20, "services to look for values in that change nothing, timed apart; 0 for none")
	flag.Parse()
	if err := run(*services, *slipway, *chart, *workers, *ablation); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(services int, slipway, chart string, workers, ablation int) error {
	dir, err := os.MkdirTemp("", "slipway-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	measure := func(name string, services int, more ...string) (time.Duration, error) {
		tree := filepath.Join(dir, name)
		if err := generate(tree, services); err != nil {
			return 0, err
		}
		args := append([]string{"check", tree, "--chart", chart, "--platform", filepath.Join(dir, "none"), "--stats", "--workers", fmt.Sprint(workers)}, more...)
		began := time.Now()
		command := exec.Command(slipway, args...)
		before := processorTime()
		out, err := command.CombinedOutput()
		took, processor := time.Since(began), processorTime()-before
		if err != nil {
			return 0, fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		releases := services * len(environments)
		fmt.Printf("## %s: %d services x %d environments x 8 versions of Kubernetes\n%s%.1f s; %.1f s of processor time, %.2f ms for each release\n\n",
			name, services, len(environments), out, took.Seconds(), processor.Seconds(), float64(processor.Microseconds())/1000/float64(releases))
		return processor / time.Duration(releases), nil
	}
	// The first run reads the program from the disk.
	if _, err := measure("warm", 2); err != nil {
		return err
	}
	small, err := measure("small", max(1, services/10))
	if err != nil {
		return err
	}
	large, err := measure("large", services)
	if err != nil {
		return err
	}
	fmt.Printf("a release of the large fleet takes %.2f times the processor time of one of the small\n", float64(large)/float64(small))
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err == nil {
		fmt.Printf("the largest process took %d MiB; with %d workers and the one that starts them, all took less than %d MiB\n",
			usage.Maxrss>>10, workers, int64(workers+1)*(usage.Maxrss>>10))
	}
	if ablation > 0 {
		// Generated values have dead keys among them, as real ones do: findings are no failure here.
		tree := filepath.Join(dir, "ablation")
		if err := generate(tree, ablation); err != nil {
			return err
		}
		began := time.Now()
		out, _ := exec.Command(slipway, "check", tree, "--chart", chart, "--ablation", "--stats", "--output", "json", "--kubernetes", "1.37", "--workers", fmt.Sprint(workers)).CombinedOutput()
		took := time.Since(began)
		tail := out[max(0, len(out)-400):]
		fmt.Printf("\n## with --ablation: %d services\n…%s%.1f ms for each release\n", ablation, tail, float64(took.Milliseconds())/float64(ablation*len(environments)))
	}
	return nil
}

// processorTime is what all processes that this one has started, and waited for, have taken. It says more than the time on
// the clock where the machine has other work.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
