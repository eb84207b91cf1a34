package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/pipeline/promotion"
)

func newPromoteCommand() *cobra.Command {
	p := promotion.Promotion{Checkout: "."}
	cmd := &cobra.Command{
		Use:   "promote --image REPOSITORY --from TAG --to TAG",
		Short: "Tags the image that one environment runs for another",
		Long: `Tags the image that one environment runs for another, and prints its digest as IMAGE_DIGEST=sha256:…. It refuses if the
commit that the image was built from (label ` + promotion.RevisionLabel + `) is not in the history of what is checked out,
or if anything but values has changed since: the branch would say something else than what runs. It takes the registry's
login from Docker's config.json.`,
		Example: `  slipway promote --image registry.example.com/the-project/example-microservice --from stg-deployed --to prod-1234`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			digest, err := p.Promote(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s:%s is %s, which is %s too\n", p.Repository, p.From, digest, p.To)
			fmt.Fprintf(cmd.OutOrStdout(), "IMAGE_DIGEST=%s\n", digest)
			return nil
		},
	}
	cmd.Flags().StringVar(&p.Repository, "image", "", "repository of the image, without a tag (required)")
	cmd.Flags().StringVar(&p.From, "from", "", "tag of what the other environment runs (required)")
	cmd.Flags().StringVar(&p.To, "to", "", "tag that it gets (required)")
	cmd.Flags().StringVar(&p.Values, "values", "deploy", "folder of the service's values, which may differ")
	for _, name := range []string{"image", "from", "to"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}
