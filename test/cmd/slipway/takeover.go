package main

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gitlab.example.com/platform/slipway/test/lease"
	"gitlab.example.com/platform/slipway/test/takeover"
)

func newTakeoverCommand() *cobra.Command {
	var options takeover.Options
	cmd := &cobra.Command{
		Use:   "takeover [--yes] -- helm upgrade --install NAME CHART ...",
		Short: "Brings objects that were applied by hand under a chart, in place",
		Long: `Brings objects that were applied by hand under a chart, in place: Services and their addresses stay, requests
are served throughout, and afterwards what is live is what a fresh install would make. It stands before the helm command
that is used from then on, works with Helm 3 and 4, shows what will change before it does it, and asks. Where it fails,
what was live before is live again.

It is for a release that is not there yet; on one that has everything already it does nothing. Rights beyond the
deployer's: the feature takeover of charts/project.

Exit codes: 0 it is taken over; 1 it failed, and the last lines say what is live; 2 it could not begin; 3 it did not begin
because another takeover or deploy of the release is running, or was stopped because another one has taken the release over.`,
		Example: `  slipway takeover -- helm upgrade --install example-microservice charts/microservice --namespace the-project \
    --values deploy/values.yaml --values deploy/values-dev.yaml --set image.tag=dev-1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Command = args
			options.Out, options.Progress = cmd.OutOrStdout(), cmd.ErrOrStderr()
			options.Answer = answers()
			err := takeover.Run(cmd.Context(), options)
			if _, failed := errors.AsType[*takeover.FailedError](err); failed {
				return exit{code: exitFailed, err: err}
			}
			return endedWith(0, err)
		},
	}
	cmd.Flags().BoolVarP(&options.Yes, "yes", "y", false, "go ahead without asking")
	cmd.Flags().DurationVar(&options.Settle, "settle", takeover.DefaultSettle, "how long proxies and ingress controllers get to learn of a change")
	cmd.Flags().DurationVar(&options.LeaseDuration, "lease-duration", lease.DefaultDuration,
		"how long a takeover that was killed keeps the next one, or a deploy, waiting")
	// What follows the helm command's first word is its own, without "--" too.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// answers is where a person answers, nil if none is there.
func answers() io.Reader {
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return os.Stdin
	}
	return nil
}
