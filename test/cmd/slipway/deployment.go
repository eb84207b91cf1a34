package main

import (
	"os"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/helm"
	"gitlab.example.com/platform/slipway/test/pipeline/deployment"
	"gitlab.example.com/platform/slipway/test/pipeline/live"
)

func newDeploymentCommand() *cobra.Command {
	var namespace, environment string
	cmd := &cobra.Command{
		Use:   "deployment RELEASE --namespace NAMESPACE --environment ENVIRONMENT",
		Short: "Tells GitLab which commit an environment runs, after a rollback",
		Long: `Tells GitLab, by its API and with the job's own token, which commit a release runs, so that the page of the environment names
it: a job's own deployment would be of the commit that its pipeline is of, which after a rollback is another one.`,
		Example: `  slipway deployment example-microservice --namespace the-project --environment dev`,
		Args:    cobra.ExactArgs(1),
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
			return deployment.Record(cmd.Context(), os.Getenv, environment, running.Commit)
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the release (required)")
	cmd.Flags().StringVarP(&environment, "environment", "e", "", "environment of GitLab that it is deployed to (required)")
	_ = cmd.MarkFlagRequired("namespace")
	_ = cmd.MarkFlagRequired("environment")
	return cmd
}
