// Command slipway starts throwaway clusters to deploy the charts into, and builds the programs that do it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// exitCannotRun is the exit code of a command that could not do what it was asked for, wrong usage included.
const exitCannotRun = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first Ctrl-C lets a command clean up, the second one ends it at once.
	context.AfterFunc(ctx, stop)

	if err := newCommand().ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted")
		}
		fmt.Fprintln(os.Stderr, "slipway:", err)
		os.Exit(exitCannotRun)
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:     "slipway",
		Short:   "Starts throwaway clusters to deploy the charts into, and builds the programs that do it",
		Version: currentVersion(),
		// main prints errors; the help of a whole command would bury them.
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())
	})
	root.AddCommand(newClusterCommand(), newKubeconfigCommand(), newToolCommand())
	return root
}
