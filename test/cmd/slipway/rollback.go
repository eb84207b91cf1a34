package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/rollout"
)

func newRollbackCommand() *cobra.Command {
	var options rollout.Options
	var command rollbackCommand
	var force bool
	cmd := &cobra.Command{
		Use:   "rollback NAME [REVISION] [flags] [-- helm's flags]",
		Short: "Goes back to the last good revision before the live one",
		Long: `Goes back to the last good revision of a release before the live one, or to REVISION, with ` + "`helm rollback --wait`" + ` of the
helm on PATH (3 or 4). Plain ` + "`helm rollback NAME`" + ` takes the revision before the newest, which after a failed upgrade is the
failed one.

It does what slipway rollout does: no two at once; what a deploy that was cut off has left is recovered first; pods are
followed, a hopeless rollback ends early, and the last lines say why. A rollback that does not come to its end is undone by
the next deploy.

Exit codes: helm's own; 2 where helm was not run: there is nothing to go back to, or REVISION never was good; 3 where another
deploy of the release is running, or has taken it over.`,
		Example: `  slipway rollback example-microservice --namespace the-project
  slipway rollback example-microservice 4 --namespace the-project -- --force-conflicts`,
		Args: beforeDash(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			number := 0
			own, flags := cutDash(cmd, args)
			if len(own) == 2 {
				var err error
				if number, err = strconv.Atoi(own[1]); err != nil || number < 1 {
					return fmt.Errorf("%q is no revision: write a number of `helm history %s`, or none", own[1], own[0])
				}
			}
			if err := readPatience(&options); err != nil {
				return err
			}
			options.Command = command.line(own[0], flags)
			options.Stdin, options.Stdout, options.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), os.Stderr
			code, err := rollout.Rollback(cmd.Context(), options, number, force)
			return endedWith(code, err)
		},
	}
	command.addFlags(cmd)
	addDeployFlags(cmd, &options)
	addGiveUpAfter(cmd, &options)
	cmd.Flags().BoolVar(&force, "force", false, "go to REVISION though it failed or was cut off")
	return cmd
}

// rollbackCommand makes a helm command of what slipway rollback and slipway recover are given.
type rollbackCommand struct{ namespace, timeout string }

func (r *rollbackCommand) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&r.namespace, "namespace", "n", "", "namespace of the release (default that of the kubeconfig)")
	cmd.Flags().StringVar(&r.timeout, "timeout", "5m", "helm's --timeout")
}

// line is the command, with further flags of helm's own.
func (r *rollbackCommand) line(release string, flags []string) []string {
	line := []string{"helm", "rollback", release}
	if r.namespace != "" {
		line = append(line, "--namespace", r.namespace)
	}
	return append(append(line, "--wait", "--timeout", r.timeout), flags...)
}

// cutDash returns the arguments before and after --.
func cutDash(cmd *cobra.Command, args []string) (before, after []string) {
	if i := cmd.ArgsLenAtDash(); i >= 0 {
		return args[:i], args[i:]
	}
	return args, nil
}

// beforeDash requires a number of arguments before --.
func beforeDash(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if own, _ := cutDash(cmd, args); len(own) < least || len(own) > most {
			return fmt.Errorf("%s takes %s, and helm's flags after --; see `%[1]s --help`", cmd.CommandPath(), cmd.Use)
		}
		return nil
	}
}
