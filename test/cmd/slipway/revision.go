package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/pipeline/history"
)

func newRevisionCommand() *cobra.Command {
	var namespace string
	cmd := &cobra.Command{
		Use:   "revision RELEASE --namespace NAMESPACE",
		Short: "Prints the last good revision of a release before the live one",
		Long: `Prints the last good revision of a release before the live one, which a rollback puts back. Plain ` + "`helm rollback`" + ` takes
the revision before the last, which after a failed upgrade is the failed one. It runs the helm command on the PATH.`,
		Example: `  revision=$(slipway revision example-microservice --namespace the-project)
  helm rollback example-microservice "$revision" --namespace the-project --wait`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			revisions, err := history.Of(cmd.Context(), args[0], namespace)
			if err != nil {
				return err
			}
			good, err := history.LastGood(revisions)
			if err != nil {
				return fmt.Errorf("%s in namespace %s: %w", args[0], namespace, err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), good)
			return nil
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the release (required)")
	_ = cmd.MarkFlagRequired("namespace")
	return cmd
}
