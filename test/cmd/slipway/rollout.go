package main

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/lease"
	"gitlab.example.com/platform/slipway/test/rollout"
)

// exitBusy is the exit code where another deploy of the release is running.
const exitBusy = 3

func newRolloutCommand() *cobra.Command {
	var pendingTimeout, leaseDuration time.Duration
	cmd := &cobra.Command{
		Use:   "rollout [flags] -- helm {upgrade|install} RELEASE CHART [helm's flags]",
		Short: "Runs a helm upgrade or install: recovers first, ends a hopeless one early, says why",
		Long: `Runs a helm upgrade or install exactly as it is written, with the helm on PATH (3 or 4), its output and its exit code.

Before, it looks whether another deploy of the release is running, and recovers what one that was cut off has left
(pending-install, pending-upgrade, pending-rollback, uninstalling, a failed upgrade that was not rolled back). It refuses
hooks that have the name of what another release has made, which Helm would delete before it makes them. Afterwards it
looks whether what is live is what Helm says. SIGINT and SIGTERM are passed on to helm once, and waited for.

Exit codes: helm's own; 2 where helm was not run; 3 where it was not run because another deploy of the release is running.`,
		Example: `  slipway rollout -- helm upgrade --install example-microservice charts/microservice --namespace the-project \
    --values deploy/values.yaml --set image.tag=dev-2 --atomic --wait`,
		RunE: func(cmd *cobra.Command, args []string) error {
			options := rollout.Options{
				Command: args, Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: os.Stderr, LeaseDuration: leaseDuration,
			}
			if cmd.Flags().Changed("pending-timeout") {
				options.PendingTimeout = &pendingTimeout
			}
			code, err := rollout.Run(cmd.Context(), options)
			if _, busy := errors.AsType[*lease.Busy](err); busy {
				return exit{code: exitBusy, err: err}
			}
			if err == nil && code != 0 {
				return exit{code: code}
			}
			return err
		},
	}
	// What follows belongs to helm.
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().DurationVar(&pendingTimeout, "pending-timeout", 0,
		"age at which a pending revision counts as left behind if no slipway has made it (default twice helm's --timeout and 5m)")
	cmd.Flags().DurationVar(&leaseDuration, "lease-duration", lease.DefaultDuration,
		"how long a deploy that was killed keeps the next one waiting")
	return cmd
}
