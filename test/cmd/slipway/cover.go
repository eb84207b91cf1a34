package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/coverage"
	"gitlab.example.com/platform/slipway/test/coverage/services"
	"gitlab.example.com/platform/slipway/test/fleet"
	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/report/cover"
)

// coverFlags are those of slipway cover that are not the layout's.
type coverFlags struct {
	layout   layoutFlags
	version  string
	profiles []string
	least    float64
	output   string
	reports  []string
	timeout  time.Duration
	memory   int
}

func newCoverCommand() *cobra.Command {
	var flags coverFlags
	cmd := &cobra.Command{
		Use:   "cover [TREE]",
		Short: "Says which arms of a chart's templates tests and services reach",
		Long: `Renders each service and environment of a tree, as slipway check finds them, and says which arms of the chart's templates
none of them reaches: of if, else, with and range (also those that are not written), defines, and operands of and, or, not,
default, ternary, coalesce and required. With --profile, what Go tests have reached is added (` + coverage.Variable + `), or stands
alone if no TREE is given.

What probes would change is not measured, which is said. A comment before an arm excludes it:
{{/* cover: if .Values.x was never true, because REASON */}}; it is wrong once the arm is reached.
Exit code: 0; 1 below --min, or an excluded arm is reached; 2 cannot measure.`,
		Example: `  slipway cover --chart charts/thing --values values.yaml
  slipway cover fleet --chart charts/microservice --report html=cover.html
  ` + coverage.Variable + `=$PWD/.cover go test -count=1 ./... && slipway cover --chart charts/thing --profile .cover --min 95 --report cobertura=cover.xml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	flags.layout.add(cmd)
	known := kubernetes.Versions()
	cmd.Flags().StringVar(&flags.version, "kubernetes", string(known[len(known)-1]), "version of Kubernetes to render for")
	cmd.Flags().StringArrayVar(&flags.profiles, "profile", nil, "folder that tests have put profiles into")
	cmd.Flags().Float64Var(&flags.least, "min", 0, "percentage of arms that have to be reached")
	cmd.Flags().StringVarP(&flags.output, "output", "o", "text", "what to print: "+strings.Join(cover.Names(), ", "))
	cmd.Flags().StringArrayVar(&flags.reports, "report", nil, "write a report to a file besides: FORMAT=FILE")
	cmd.Flags().DurationVar(&flags.timeout, "timeout", 30*time.Second, "time that one release may take")
	cmd.Flags().IntVar(&flags.memory, "memory", 1024, "MiB of memory that it may take")
	return cmd
}

func (c *coverFlags) run(cmd *cobra.Command, args []string) error {
	if c.least < 0 || c.least > 100 || c.timeout <= 0 || c.memory < 64 {
		return errors.New("--min takes 0 to 100, --timeout more than 0, --memory 64 or more")
	}
	write, err := c.writers(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	result, folder, err := c.measure(cmd, args)
	if err != nil {
		return err
	}
	if result.Renders > 0 && result.Reached == 0 && len(result.NotMeasured) > 0 {
		gap := result.NotMeasured[0]
		return fmt.Errorf("nothing of chart %s could be measured: %s: %s", result.Chart, gap.Source, gap.Reason)
	}
	if err := write(cover.Report{Result: result, Folder: folder}); err != nil {
		return err
	}
	switch {
	case len(result.Wrong) > 0:
		return exit{code: exitFindings, err: fmt.Errorf("excluded arms of chart %s are reached: %d", result.Chart, len(result.Wrong))}
	case result.Percent() < c.least:
		return exit{code: exitFindings, err: fmt.Errorf("%.1f %% of the arms of chart %s are reached, less than --min %g", result.Percent(), result.Chart, c.least)}
	}
	return nil
}

// measure returns the result, and where the chart is from the working directory.
func (c *coverFlags) measure(cmd *cobra.Command, args []string) (coverage.Result, string, error) {
	var releases []check.Release
	path := c.layout.Chart
	if len(c.profiles) == 0 || len(args) > 0 || len(c.layout.Values) > 0 {
		layout, found, err := c.layout.find(args)
		if err != nil {
			return coverage.Result{}, "", err
		}
		if path, releases, err = releasesOf(found, layout); err != nil {
			return coverage.Result{}, "", err
		}
	} else if path == "" {
		return coverage.Result{}, "", errors.New("--profile needs --chart: the chart whose tests have written it")
	}
	loaded, err := render.Load(path)
	if err != nil {
		return coverage.Result{}, "", err
	}
	chart, err := coverage.New(loaded)
	if err != nil {
		return coverage.Result{}, "", err
	}
	profile := chart.NewProfile()
	for _, folder := range c.profiles {
		one, err := chart.Read(folder)
		if err == nil {
			err = profile.Merge(one)
		}
		if err != nil {
			return coverage.Result{}, "", err
		}
	}
	if len(releases) > 0 {
		options := services.Options{Kubernetes: c.version, Timeout: c.timeout, Memory: uint64(c.memory) << 20}
		used, err := services.Measure(cmd.Context(), loaded, chart, releases, options)
		if err == nil {
			err = profile.Merge(used)
		}
		if err != nil {
			return coverage.Result{}, "", err
		}
	}
	return chart.Result(profile), fromHere(path), nil
}

// releasesOf returns all releases and the one chart that they have.
func releasesOf(found fleet.Found, layout fleet.Layout) (chart string, releases []check.Release, err error) {
	for _, service := range found.Services {
		for _, release := range service.Releases {
			if chart != "" && release.Chart != chart {
				return "", nil, fmt.Errorf("%s has the chart %s, others have %s: measure one chart at a time", release.Service, release.Chart, chart)
			}
			chart, releases = release.Chart, append(releases, release)
		}
	}
	if len(releases) == 0 {
		return "", nil, fmt.Errorf("found no service in %s that can be read", layout.Tree)
	}
	return chart, releases, nil
}

// fromHere is a path from the working directory, with slashes, if it is below it.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, absolute); err == nil && filepath.IsLocal(short) {
		return filepath.ToSlash(short)
	}
	return filepath.ToSlash(path)
}

// writers checks the flags before anything is measured. Nothing is written before all of it is there.
func (c *coverFlags) writers(out io.Writer) (func(cover.Report) error, error) {
	type target struct{ format, file string }
	targets := []target{{format: c.output}}
	for _, wanted := range c.reports {
		name, file, ok := strings.Cut(wanted, "=")
		if !ok || file == "" {
			return nil, fmt.Errorf("--report %s: write FORMAT=FILE, such as html=cover.html", wanted)
		}
		targets = append(targets, target{name, file})
	}
	for _, t := range targets {
		if !slices.Contains(cover.Names(), t.format) {
			return nil, fmt.Errorf("format %q: there are %s", t.format, strings.Join(cover.Names(), ", "))
		}
	}
	return func(report cover.Report) error {
		texts := make([]bytes.Buffer, len(targets))
		for i, t := range targets {
			if err := cover.Formats()[t.format](&texts[i], report); err != nil {
				return err
			}
		}
		for i, t := range targets[1:] {
			if err := os.WriteFile(t.file, texts[i+1].Bytes(), 0o644); err != nil {
				return err
			}
		}
		_, err := out.Write(texts[0].Bytes())
		return err
	}, nil
}
