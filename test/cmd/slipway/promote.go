package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/pipeline/live"
	"gitlab.example.com/platform/slipway/test/pipeline/promotion"
)

func newPromoteCommand() *cobra.Command {
	p := promotion.Promotion{Checkout: "."}
	var namespace string
	cmd := &cobra.Command{
		Use:   "promote RELEASE --namespace NAMESPACE --image REPOSITORY --verified TAG --to TAG",
		Short: "Tags the image that one environment runs for another",
		Long: `Asks the cluster of one environment what a release runs there, tags that image for another environment, and prints its digest.
It refuses what job verify has not passed (tag --verified), an image of another repository, and one whose commit (label
` + promotion.RevisionLabel + `) is not in the history of what is checked out, or since when anything but values
has changed: the branch would say something else than what runs. It takes the registry's login from Docker's config.json.`,
		Example: `  slipway promote example-microservice --namespace the-project-stg \
    --image registry.example.com/the-project/example-microservice --verified stg-deployed --to prod-1234`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			command, err := helm.Parse([]string{"helm", "rollback", args[0], "--namespace", namespace})
			if err != nil {
				return err
			}
			cluster, err := command.Connect()
			if err != nil {
				return err
			}
			running, err := live.Look(cmd.Context(), cluster.Typed, namespace, args[0])
			if err != nil {
				return err
			}
			p.Live, p.Commit = running.Image, running.Commit
			digest, err := p.Promote(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s runs in namespace %s, and is %s:%s too\n", running.Image, namespace, p.Repository, p.To)
			fmt.Fprintln(cmd.OutOrStdout(), digest)
			return nil
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the release in the environment that runs it (required)")
	cmd.Flags().StringVar(&p.Repository, "image", "", "repository of the service's images, without a tag (required)")
	cmd.Flags().StringVar(&p.Verified, "verified", "", "tag of what that environment's job verify has passed last (required)")
	cmd.Flags().StringVar(&p.To, "to", "", "tag that it gets (required)")
	cmd.Flags().StringVar(&p.Values, "values", "deploy", "folder of the service's values, which may differ")
	for _, name := range []string{"namespace", "image", "verified", "to"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}
