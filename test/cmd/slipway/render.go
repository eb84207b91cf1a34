package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/fleet"
	"gitlab.example.com/platform/slipway/test/kubernetes"
)

func newRenderCommand() *cobra.Command {
	var layout layoutFlags
	var service, version string
	cmd := &cobra.Command{
		Use:   "render [TREE]",
		Short: "Prints the manifests of one release, as a cluster of one Kubernetes version would get them",
		Long: `Prints what helm template prints for one service in one environment, with the layers of values that slipway check uses
and the capabilities of a version of Kubernetes: its full version, and the kinds that it serves.`,
		Example: `  slipway render --service orders --environment prod
  slipway render --chart charts/microservice --values my-values.yaml --kubernetes 1.30`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			layout.TagAsked = cmd.Flags().Changed("tag")
			_, found, err := layout.find(args)
			if err != nil {
				return err
			}
			release, err := chosen(found, service, layout.Environment)
			if err != nil {
				return err
			}
			text, err := check.Render(cmd.Context(), release, version)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	layout.add(cmd)
	known := kubernetes.Versions()
	cmd.Flags().StringVar(&service, "service", "", "name of the service, if there are several")
	cmd.Flags().StringVar(&version, "kubernetes", string(known[len(known)-1]), "version of Kubernetes")
	return cmd
}

// chosen returns the one release that is asked for.
func chosen(found fleet.Found, service, environment string) (check.Release, error) {
	var fit []check.Release
	var names []string
	for _, s := range found.Services {
		for _, release := range s.Releases {
			names = append(names, release.Service+" in "+release.Environment)
			if (service == "" || release.Service == service) && (environment == "" || release.Environment == environment) {
				fit = append(fit, release)
			}
		}
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	slices.Sort(names)
	return check.Release{}, fmt.Errorf("%d releases fit; name one with --service and --environment: %v", len(fit), names)
}
