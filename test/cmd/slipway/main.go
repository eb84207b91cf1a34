// Command slipway checks what the charts make of values, starts throwaway clusters to deploy the charts into, and builds the programs that do it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/clientlog"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first Ctrl-C lets a command clean up, the second one ends it at once.
	context.AfterFunc(ctx, stop)
	clientlog.Discard()

	if err := newCommand().ExecuteContext(ctx); err != nil {
		exit := ended(err)
		if ctx.Err() != nil && exit.code == exitCannotRun {
			exit.err = fmt.Errorf("interrupted")
		}
		if exit.err != nil {
			fmt.Fprintln(os.Stderr, "slipway:", exit.err)
		}
		os.Exit(exit.code)
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:     "slipway",
		Short:   "Checks values, deploys, and says why a deploy failed; starts throwaway clusters to try it in",
		Version: currentVersion(),
		// main prints errors; the help of a whole command would bury them.
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())
	})
	root.AddCommand(
		newCheckCommand(),
		newClusterCommand(),
		newCoverCommand(),
		newDeploymentCommand(),
		newKubeconfigCommand(),
		newLiveCommand(),
		newPromoteCommand(),
		newRecoverCommand(),
		newRenderCommand(),
		newRevisionCommand(),
		newRollbackCommand(),
		newRolloutCommand(),
		newRulesCommand(),
		newTakeoverCommand(),
		newToolCommand(),
		newVariablesCommand(),
		newWorkerCommand(),
	)
	return root
}
