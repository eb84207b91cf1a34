package main

import (
	"os"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/rollout"
)

func newRecoverCommand() *cobra.Command {
	options := rollout.Options{SameJob: true}
	var command rollbackCommand
	cmd := &cobra.Command{
		Use:   "recover NAME [flags] [-- helm's flags]",
		Short: "Makes good what a deploy that was cut off has left",
		Long: `Does what slipway rollout does before it deploys, and nothing else: a release that a deploy has left half done
(pending-install, pending-upgrade, pending-rollback, uninstalling, a failed upgrade that was not rolled back) goes back to its
last good revision. The next slipway rollout would do it by itself; this is for an after_script, so that a cancelled job
leaves nothing half done.

It takes for granted that earlier commands of its own CI job have ended, and does not wait for their Lease to be stale.

Exit codes: 0 also where there is nothing to do; 2 it could not be done; 3 another deploy of the release is running.`,
		Example: `  slipway recover example-microservice --namespace the-project`,
		Args:    beforeDash(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, flags := cutDash(cmd, args)
			options.Command = command.line(own[0], flags)
			options.Stdin, options.Stdout, options.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), os.Stderr
			return endedWith(0, rollout.Recover(cmd.Context(), options))
		},
	}
	command.addFlags(cmd)
	addDeployFlags(cmd, &options)
	return cmd
}
