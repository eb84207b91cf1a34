package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/fleet"
	"gitlab.example.com/platform/slipway/test/fleet/worker"
	"gitlab.example.com/platform/slipway/test/kubernetes"
	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/report"
)

// checkFlags are those of slipway check that are not the layout's.
type checkFlags struct {
	layout       layoutFlags
	manifests    []string
	versions     []string
	production   []string
	podSecurity  string
	changedSince string
	ablation     bool
	strict       bool
	output       string
	reports      []string
	workers      int
	timeout      time.Duration
	memory       int
	stats        bool
}

func newCheckCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check [TREE]",
		Short: "Says what is wrong with the values of a service or a fleet, as each Kubernetes version would",
		Long: `Finds every service and environment in a tree of files (by default the current folder), renders each with the chart in
process, and checks the values files, the manifests, and what each version of Kubernetes would say of them, offline.

A service is a folder with deploy/values-ENVIRONMENT.yaml, and deploy/values.yaml for all environments; --values says
otherwise, and where no pattern has {service}, the tree is one service. The file ` + check.IgnoreFile + ` in the tree switches rules off.
Exit code: 0 no errors, warnings or not; 1 errors, or with --strict warnings; 2 cannot run.`,
		Example: `  slipway check
  slipway check fleet --chart charts/microservice --changed-since origin/main
  slipway check --values 'base/{service}.yaml' --values 'envs/{environment}/{service}.yaml' --set image.tag={environment}-1
  slipway check --name orders --values deploy/values.yaml --values 'deploy/values-{environment}.yaml' --environment prod
  slipway check --chart some-chart-1.2.3.tgz --values my-values.yaml --pod-security privileged
  slipway check --manifests k8s/prod --environment prod
  kustomize build overlays/prod | slipway check --manifests -
  slipway check --report junit=check.xml --report codequality=check.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	flags.layout.add(cmd)
	known := kubernetesVersions()
	cmd.Flags().StringArrayVar(&flags.manifests, "manifests", nil, "check objects as they are written instead, without a chart: a file, a folder, or - for standard input")
	cmd.Flags().StringSliceVar(&flags.versions, "kubernetes", nil, "versions to check for (default all: "+strings.Join(known, ",")+")")
	cmd.Flags().StringSliceVar(&flags.production, "production", []string{"prod", "production", "live"}, "environments in which the rules of production hold")
	cmd.Flags().StringVar(&flags.podSecurity, "pod-security", "restricted", "level that namespaces enforce: restricted, baseline or privileged")
	cmd.Flags().StringVar(&flags.changedSince, "changed-since", "", "only services with values that changed since a revision of git; all if the chart did")
	cmd.Flags().BoolVar(&flags.ablation, "ablation", false, "look for values that change nothing too, which renders again without each")
	cmd.Flags().BoolVar(&flags.strict, "strict", false, "count warnings as errors")
	cmd.Flags().StringVarP(&flags.output, "output", "o", "text", "what to print: "+strings.Join(report.Names(), ", "))
	cmd.Flags().StringArrayVar(&flags.reports, "report", nil, "write a report to a file besides: FORMAT=FILE")
	cmd.Flags().IntVar(&flags.workers, "workers", runtime.GOMAXPROCS(0), "processes that check side by side")
	cmd.Flags().DurationVar(&flags.timeout, "timeout", 30*time.Second, "processor time that one render may take")
	cmd.Flags().IntVar(&flags.memory, "memory", 1024, "MiB of memory that one process may take")
	cmd.Flags().BoolVar(&flags.stats, "stats", false, "say where the time went, on standard error")
	for _, other := range []string{"chart", "values", "platform", "set", "set-string", "tag", "changed-since", "ablation"} {
		cmd.MarkFlagsMutuallyExclusive("manifests", other)
	}
	return cmd
}

func kubernetesVersions() (names []string) {
	for _, version := range kubernetes.Versions() {
		names = append(names, string(version))
	}
	return names
}

func (c *checkFlags) run(cmd *cobra.Command, args []string) error {
	began := time.Now()
	settings, err := c.settings()
	if err != nil {
		return err
	}
	writers, err := c.writers(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	if len(c.manifests) > 0 {
		if len(args) > 0 {
			return fmt.Errorf("--manifests names what is checked; %s beside it is a tree of services", args[0])
		}
		return c.runManifests(cmd, settings, writers)
	}
	c.layout.TagAsked = cmd.Flags().Changed("tag")
	layout, found, err := c.layout.find(args)
	if err != nil {
		return err
	}
	ignores, err := check.ReadIgnores(filepath.Join(layout.Tree, check.IgnoreFile))
	if err != nil {
		return err
	}
	progress := newProgress(cmd.ErrOrStderr())
	all := found
	if c.changedSince != "" {
		always := append([]string{layout.Chart}, ignores.Path)
		if found, err = found.ChangedSince(cmd.Context(), layout.Tree, c.changedSince, always); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "changed since %s: %d of %d services\n", c.changedSince, len(found.Services), len(all.Services))
	}
	for _, file := range found.Unused {
		fmt.Fprintf(cmd.ErrOrStderr(), "not checked: %s belongs to no environment\n", file)
	}
	for _, folder := range found.Skipped {
		fmt.Fprintf(cmd.ErrOrStderr(), "not looked into: %s\n", folder)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	options := worker.Options{
		Command: []string{self, workerCommand},
		Setup:   worker.Setup{Settings: settings, Memory: uint64(c.memory) << 20, Time: c.timeout},
	}
	outcome, err := fleet.Check(cmd.Context(), found, c.workers, options, func(done int) { progress.show(done, len(found.Services)) })
	progress.clear()
	if err != nil {
		return err
	}
	kept, ignored := ignores.Apply(check.Merge(append(outcome.Findings, found.Hidden...), settings.Versions))
	if !found.Partial && len(c.versions) == 0 {
		kept = check.Merge(append(kept, ignores.Unused(c.ablation, kept)...), settings.Versions)
	}
	if c.stats {
		defer func() { printStats(cmd.ErrOrStderr(), outcome, time.Since(began)) }()
	}
	return c.report(report.Report{
		Services: len(found.Services), Environments: found.Environments(), Releases: found.Releases(),
		Versions: settings.Versions, Ignored: ignored, Findings: kept,
	}, writers)
}

// runManifests checks objects as they are written.
func (c *checkFlags) runManifests(cmd *cobra.Command, settings check.Settings, writers []func(report.Report) error) error {
	ignores, err := check.ReadIgnores(check.IgnoreFile)
	if err != nil {
		return err
	}
	files, others, err := fleet.ReadManifests(c.manifests, cmd.InOrStdin())
	if err != nil {
		return fmt.Errorf("--manifests: %w", err)
	}
	for _, file := range others {
		fmt.Fprintf(cmd.ErrOrStderr(), "not checked: %s\n", file)
	}
	checker, err := check.NewChecker(settings)
	if err != nil {
		return err
	}
	release := check.Release{Service: c.layout.ReleaseName, Environment: c.layout.Environment, Namespace: c.layout.Namespace}
	result, objects, err := checker.Manifests(cmd.Context(), release, files)
	if err != nil {
		return err
	}
	if objects == 0 && len(result.Findings) == 0 {
		return fmt.Errorf("--manifests: there is no object in %s", strings.Join(c.manifests, ", "))
	}
	kept, ignored := ignores.Apply(result.Findings)
	environments := slices.DeleteFunc([]string{release.Environment}, func(name string) bool { return name == "" })
	return c.report(report.Report{
		Objects: objects, Environments: environments, Versions: settings.Versions, Ignored: ignored, Findings: kept,
	}, writers)
}

// report writes what was found, and returns the error that the command ends with.
func (c *checkFlags) report(found report.Report, writers []func(report.Report) error) error {
	kept := found.Findings
	if c.strict {
		for i := range kept {
			kept[i].Severity = check.Error
		}
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	result := found.Relative(here)
	for _, write := range writers {
		if err := write(result); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(kept, func(f check.Finding) bool { return f.Severity == check.Error }) {
		return exit{code: exitFindings} // they are printed
	}
	return nil
}

func (c *checkFlags) settings() (check.Settings, error) {
	known := kubernetesVersions()
	settings := check.Settings{Versions: known, Production: c.production, PodSecurity: c.podSecurity, Ablation: c.ablation}
	if len(c.versions) > 0 {
		for _, version := range c.versions {
			if !slices.Contains(known, version) {
				return settings, fmt.Errorf("--kubernetes %s: known are %s", version, strings.Join(known, ", "))
			}
		}
		settings.Versions = slices.DeleteFunc(slices.Clone(known), func(v string) bool { return !slices.Contains(c.versions, v) })
	}
	if !slices.Contains([]string{"restricted", "baseline", "privileged"}, c.podSecurity) {
		return settings, fmt.Errorf("--pod-security %s: there are restricted, baseline and privileged", c.podSecurity)
	}
	if c.workers < 1 || c.memory < 64 || c.timeout <= 0 {
		return settings, errors.New("--workers takes 1 or more, --memory 64 or more, --timeout more than 0")
	}
	return settings, nil
}

// writers are for what is printed and for each --report. A file is written as a whole or not at all.
func (c *checkFlags) writers(out io.Writer) ([]func(report.Report) error, error) {
	formats := report.Formats()
	unknown := func(name string) error {
		return fmt.Errorf("format %q: there are %s", name, strings.Join(report.Names(), ", "))
	}
	printed, ok := formats[c.output]
	if !ok {
		return nil, unknown(c.output)
	}
	if c.output == "text" {
		printed = func(out io.Writer, r report.Report) error { return report.Text(out, r, isTerminal(out)) }
	}
	writers := []func(report.Report) error{func(r report.Report) error { return printed(out, r) }}
	for _, wanted := range c.reports {
		name, file, ok := strings.Cut(wanted, "=")
		if !ok || file == "" {
			return nil, fmt.Errorf("--report %s: write FORMAT=FILE, such as junit=check.xml", wanted)
		}
		format, ok := formats[name]
		if !ok {
			return nil, unknown(name)
		}
		writers = append(writers, func(r report.Report) error {
			var text bytes.Buffer
			if err := format(&text, r); err != nil {
				return err
			}
			return os.WriteFile(file, text.Bytes(), 0o644)
		})
	}
	return writers, nil
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}

// workerCommand is what slipway calls itself with; see package worker.
const workerCommand = "check-worker"

func newWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use: workerCommand, Hidden: true, Args: noArguments,
		Short: "Checks what it is told to on standard input, for slipway check",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return worker.Serve(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// layoutFlags say where the releases of a tree are.
type layoutFlags struct {
	fleet.Layout
}

func (l *layoutFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&l.Chart, "chart", "", "chart: a folder or an archive, {service} may be in it (default $SLIPWAY_CHART, or charts/microservice)")
	flags.StringArrayVarP(&l.Values, "values", "f", nil, "pattern of values files from the tree, or one file; each later one wins (default "+strings.Join(fleet.OwnLayout, " ")+")")
	flags.StringArrayVar(&l.Platform, "platform", nil, "files below those of the services, from the tree or else the current folder; '' for none (default values.yaml and values-{environment}.yaml in $SLIPWAY_PLATFORM, or as far as they are there in "+fleet.OwnPlatform+")")
	flags.StringArrayVar(&l.Set, "set", nil, "as Helm's --set; {service} and {environment} may be in it")
	flags.StringArrayVar(&l.SetString, "set-string", nil, "as Helm's --set-string")
	flags.StringVar(&l.Tag, "tag", "{environment}-1", "image.tag as the pipeline would set it, where no values give one and the chart has the key; by default only where the chart has neither a tag of its own nor an appVersion")
	flags.StringVarP(&l.Namespace, "namespace", "n", "default", "namespace of the releases; {service} and {environment} may be in it")
	flags.StringVar(&l.ReleaseName, "name", "", "name of the releases; {service} and {environment} may be in it (default {service}, of a single release the chart's)")
	flags.StringVar(&l.Environment, "environment", "", "only this environment (default all)")
}

// find returns the layout and what it finds: a fleet, or a single release if values are files or only a chart is given.
func (l *layoutFlags) find(args []string) (fleet.Layout, fleet.Found, error) {
	layout := l.Layout
	layout.Tree = "."
	if len(args) == 1 {
		layout.Tree = args[0]
	}
	alone := len(args) == 0 && layout.Chart != "" && len(layout.Values) == 0
	if layout.Chart == "" {
		layout.Chart = os.Getenv("SLIPWAY_CHART")
	}
	if layout.Chart == "" {
		layout.Chart = "charts/microservice"
	}
	if !fleet.IsPattern(layout.Chart) {
		if _, err := os.Stat(layout.Chart); err != nil {
			return layout, fleet.Found{}, fmt.Errorf("there is no chart: %w; name one with --chart or in $SLIPWAY_CHART, a folder or an archive", err)
		}
	}
	layout.Platform = slices.DeleteFunc(slices.Clone(layout.Platform), func(file string) bool { return file == "" })
	if l.Platform == nil {
		folder, given := os.LookupEnv("SLIPWAY_PLATFORM")
		if !given {
			folder = fleet.OwnPlatform
		}
		layout.Platform, layout.Lenient = fleet.PlatformIn(folder), !given
	}
	patterns := slices.ContainsFunc(layout.Values, fleet.IsPattern)
	if alone && hasServices(layout) {
		alone = false
	}
	if !alone && (len(layout.Values) == 0 || patterns) {
		found, err := fleet.Find(layout)
		return layout, found, err
	}
	name := layout.ReleaseName
	if name == "" || fleet.IsPattern(name) {
		chart, err := render.Load(layout.Chart)
		if err != nil {
			return layout, fleet.Found{}, err
		}
		name = chart.Name()
	}
	return layout, fleet.Single(layout, name, layout.Values), nil
}

// hasServices says whether a tree holds services in our own layout.
func hasServices(layout fleet.Layout) bool {
	_, err := fleet.Find(layout)
	return err == nil
}
