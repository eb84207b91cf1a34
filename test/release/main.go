// Release is asked before anything is published: what CHANGELOG.md says of this version, whether a tag is that of the
// charts, whether the version is in the registry already, and for the key that signs in the form that Helm reads. The working directory is the repository's root.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(2)
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "release",
		Short:         "Says whether a version may be published, and what is in it",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newNotesCommand(), newKeyringCommand(), newAbsentCommand())
	return root
}

func newNotesCommand() *cobra.Command {
	var tag string
	cmd := &cobra.Command{
		Use:     "notes",
		Short:   "Prints what CHANGELOG.md says of the charts' version",
		Example: "  go run ./test/release notes --tag v0.2.0",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			version, err := chartsVersion(".")
			if err != nil {
				return err
			}
			if tag != "" && tag != "v"+version {
				return fmt.Errorf("the tag is %s, and the charts have version %s: tag v%[2]s, or write the tag's version into charts/*/Chart.yaml", tag, version)
			}
			changelog, err := os.ReadFile("CHANGELOG.md")
			if err != nil {
				return err
			}
			notes, err := section(string(changelog), version)
			if err != nil {
				return fmt.Errorf("CHANGELOG.md: %w", err)
			}
			fmt.Fprint(cmd.OutOrStdout(), notes)
			return nil
		},
	}
	cmd.Flags().StringVar(&tag, "tag", "", "the git tag that is released, which must be that of the version")
	return cmd
}

func newKeyringCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "keyring FILE",
		Short:   "Prints the secret key of a file, which has it as text, in the binary form that Helm reads",
		Example: "  go run ./test/release keyring secret.asc >secring.gpg",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := keyring(args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(keys)
			return err
		},
	}
}

func newAbsentCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "absent REFERENCE...",
		Short: "Fails if a registry has one of these already, or cannot say",
		Long: `Fails if a registry has one of these charts or images already, or if it cannot say. Registries let a tag be overwritten,
and who has pulled a version must find the same under it again. Credentials are those of docker login.`,
		Example: "  go run ./test/release absent registry.example.com/platform/slipway/charts/microservice:0.2.0",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, references []string) error {
			return absent(cmd.Context(), references)
		},
	}
}
