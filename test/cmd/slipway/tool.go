package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/tool"
)

func newToolCommand() *cobra.Command {
	tools := map[string]interface {
		Path(ctx context.Context, progress io.Writer) (string, error)
	}{tool.GitlabCILocal.Name: tool.GitlabCILocal}
	for _, t := range tool.All() {
		tools[t.Name] = t
	}
	names := slices.Sorted(maps.Keys(tools))
	return &cobra.Command{
		Use:   "tool {" + strings.Join(names, "|") + "}",
		Short: "Prints the path of helm, kubectl or the control plane in the versions that go.mod requires",
		Long: `Prints the path of a program that the tester drives, in the version that go.mod requires. If it is not in the
user's cache folder yet it is built first, which takes minutes the first time. gitlab-ci-local, which takes Node.js, is
installed from npm instead. Run it inside a checkout.`,
		Example: `  $(slipway tool helm3) version
  alias kubectl=$(slipway tool kubectl)`,
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(names, args[0]) {
				return fmt.Errorf("name one tool: %s", strings.Join(names, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := tools[args[0]].Path(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
}
