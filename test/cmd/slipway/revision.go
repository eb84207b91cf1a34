package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/rollout"
)

func newRevisionCommand() *cobra.Command {
	var namespace string
	cmd := &cobra.Command{
		Use:   "revision RELEASE --namespace NAMESPACE",
		Short: "Prints the revision that slipway rollback leads to",
		Long: `Prints the number of the last good revision of a release before the live one, which ` + "`slipway rollback`" + ` puts back. Plain
` + "`helm rollback`" + ` takes the revision before the newest, which after a failed upgrade is the failed one.`,
		Example: `  slipway revision example-microservice --namespace the-project`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			good, err := rollout.GoodBefore(cmd.Context(), args[0], namespace)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), good)
			return nil
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the release (required)")
	_ = cmd.MarkFlagRequired("namespace")
	return cmd
}
