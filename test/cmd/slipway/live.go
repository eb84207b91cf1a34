package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/pipeline/live"
)

func newLiveCommand() *cobra.Command {
	var namespace, what string
	all := []string{"image", "commit", "address"}
	cmd := &cobra.Command{
		Use:   "live RELEASE --namespace NAMESPACE [--print image|commit|address]",
		Short: "Prints what a release runs, by what the cluster has",
		Long: `Prints what a service's release runs, by what the cluster has and no tag of the registry: the image of the service's own
container with its digest, the commit that it was deployed as built from, or the address of the first host that the release
serves, which is empty if it serves none.`,
		Example: `  slipway live example-microservice --namespace the-project --print image`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(all, what) {
				return fmt.Errorf("--print %s: there are %s", what, strings.Join(all, ", "))
			}
			command, err := helm.Parse([]string{"helm", "rollback", args[0], "--namespace", namespace})
			if err != nil {
				return err
			}
			cluster, err := command.Connect()
			if err != nil {
				return err
			}
			if what == "address" {
				history, err := cluster.Records(args[0]).All(cmd.Context())
				if err != nil {
					return err
				}
				revision, ok := history.Recorded()
				if !ok {
					return fmt.Errorf("there is no release %s in namespace %s", args[0], namespace)
				}
				objects, err := revision.Objects()
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), live.Address(objects))
				return nil
			}
			service, err := live.Look(cmd.Context(), cluster.Typed, namespace, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), map[string]string{"image": service.Image, "commit": service.Commit}[what])
			return nil
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the release (required)")
	cmd.Flags().StringVar(&what, "print", "image", "image, commit or address")
	_ = cmd.MarkFlagRequired("namespace")
	return cmd
}
