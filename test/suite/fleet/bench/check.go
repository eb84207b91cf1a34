package main

import (
	"fmt"
	"os/exec"
)

// check is slipway check over a tree of services, with nothing below their own values.
func (b *bench) check(tree string, workers int, more ...string) *exec.Cmd {
	args := []string{"check", tree, "--chart", b.chart, "--platform", "", "--stats", "--workers", fmt.Sprint(workers)}
	return exec.Command(b.slipway, append(args, more...)...)
}

// fleet measures slipway check over a fleet, for all versions.
func (b *bench) fleet(name string, services []int) (cost, error) {
	tree, err := b.generate(name, services)
	if err != nil {
		return cost{}, err
	}
	took, out, err := measure(b.check(tree, b.workers), len(services)*len(environments), versions)
	if err != nil {
		return cost{}, err
	}
	fmt.Printf("## %s: %d services x %d environments x %d versions of Kubernetes\n%s%s\n\n", name, len(services), len(environments), versions, out, took)
	return took, nil
}

// ablate measures what --ablation takes. Generated values have dead keys among them, as real ones do: findings are no
// failure here.
func (b *bench) ablate(services []int) error {
	tree, err := b.generate("ablation", services)
	if err != nil {
		return err
	}
	took, out, err := measure(b.check(tree, b.workers, "--ablation", "--output", "json", "--kubernetes", "1.37"), len(services)*len(environments), 1)
	if err != nil && took.steps["ablation"] == 0 {
		return err
	}
	fmt.Printf("## with --ablation, for one version: %d services\n…%s%s\n\n", len(services), out[max(0, len(out)-400):], took)
	return nil
}
