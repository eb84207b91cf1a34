package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// noArguments refuses arguments, such as the name of a provider that was meant for a flag. (cobra.NoArgs calls each an
// unknown command, also of a command that has none.)
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, but got %q; see `%[1]s --help`", cmd.CommandPath(), strings.Join(args, " "))
}

// oneOfItsCommands refuses an argument of a command that only groups others: it is the name of one that is not there.
func oneOfItsCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("%s %s: there is no such command; there are %s", cmd.CommandPath(), args[0], strings.Join(names, ", "))
}
