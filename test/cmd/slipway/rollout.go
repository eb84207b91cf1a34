package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/follow"
	"gitlab.example.com/platform/slipway/test/lease"
	"gitlab.example.com/platform/slipway/test/rollout"
)

func newRolloutCommand() *cobra.Command {
	var options rollout.Options
	cmd := &cobra.Command{
		Use:   "rollout [flags] -- helm {upgrade|install} RELEASE CHART [helm's flags]",
		Short: "Runs a helm upgrade or install: recovers first, ends a hopeless one early, says why",
		Long: `Runs a helm upgrade or install exactly as it is written, with the helm on PATH (3 or 4), its output and its exit code.

Before, it looks whether another deploy of the release is running, and recovers what one that was cut off has left
(pending-install, pending-upgrade, pending-rollback, uninstalling, a failed upgrade that was not rolled back). It refuses
hooks that have the name of what another release has made, which Helm would delete before it makes them. Meanwhile it
follows the pods, and tells helm to stop where it is hopeless; --give-up-after says when that is. Afterwards it looks whether
what is live is what Helm says. SIGINT and SIGTERM are passed on to helm once, and waited for.

Exit codes: helm's own; 2 where helm was not run; 3 where it was not run because another deploy of the release is running,
or was stopped because another one has taken the release over while this one was asleep or cut off from the API server.`,
		Example: `  slipway rollout -- helm upgrade --install example-microservice charts/microservice --namespace the-project \
    --values deploy/values.yaml --set image.tag=dev-2 --atomic --wait
  slipway rollout --give-up-after crashes=5,config=2m,node=never -- helm upgrade --install ...`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := readPatience(&options); err != nil {
				return err
			}
			options.Command = args
			options.Stdin, options.Stdout, options.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), os.Stderr
			code, err := rollout.Run(cmd.Context(), options)
			return endedWith(code, err)
		},
	}
	// What follows belongs to helm.
	cmd.Flags().SetInterspersed(false)
	addDeployFlags(cmd, &options)
	addGiveUpAfter(cmd, &options)
	return cmd
}

// addDeployFlags adds the flags of all commands that change a release with helm.
func addDeployFlags(cmd *cobra.Command, options *rollout.Options) {
	cmd.Flags().Func("pending-timeout",
		"age, such as 10m, at which a pending revision counts as left behind if no slipway has made it (default twice helm's --timeout and 5m)",
		func(text string) error {
			age, err := time.ParseDuration(text)
			options.PendingTimeout = &age
			return err
		})
	cmd.Flags().DurationVar(&options.LeaseDuration, "lease-duration", lease.DefaultDuration,
		"how long a deploy that was killed keeps the next one waiting")
}

// addGiveUpAfter adds the flag of the commands that follow pods.
func addGiveUpAfter(cmd *cobra.Command, options *rollout.Options) {
	cmd.Flags().Func("give-up-after",
		"how much trouble of pods is borne: crashes=5,pull=5m,config=2m,pods=2m,node=never, or never (default $SLIPWAY_GIVE_UP_AFTER; "+
			"a workload's annotation "+follow.Annotation+" wins)",
		func(text string) (err error) {
			options.Patience, err = follow.ParsePatience(text)
			return err
		})
}

// readPatience adds what the environment says of the kinds of trouble that the flag --give-up-after does not name.
func readPatience(options *rollout.Options) error {
	environment, err := follow.ParsePatience(os.Getenv("SLIPWAY_GIVE_UP_AFTER"))
	if err != nil {
		return fmt.Errorf("SLIPWAY_GIVE_UP_AFTER: %w", err)
	}
	options.Patience = options.Patience.Over(environment)
	return nil
}
