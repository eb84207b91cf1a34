package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/pipeline/variables"
)

func newVariablesCommand() *cobra.Command {
	setting := variables.Setting{}
	var unprotected bool
	cmd := &cobra.Command{
		Use:   "variables --environment ENVIRONMENT --server URL --ca FILE [--token FILE] PROJECT...",
		Short: "Prints the commands that give projects of GitLab what they deploy an environment with",
		Long: `Prints the commands of glab, GitLab's own command line, that set the variables K8S_SERVER, K8S_CA and K8S_TOKEN of projects for
one environment: only jobs of that environment get them, in every tier of GitLab. A PROJECT of - reads a list of projects from
standard input. No token is printed: glab reads it from its file. Without --token the jobs' ID tokens do.`,
		Example: `  slipway variables --environment dev --server https://api.dev.example.com:6443 --ca ca.crt --token deployer.token the-project/orders | sh
  glab repo list --group the-project --output json | jq --raw-output '.[].path_with_namespace' |
    slipway variables --environment dev --server https://api.dev.example.com:6443 --ca ca.crt - | sh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var projects []string
			for _, arg := range args {
				if arg != "-" {
					projects = append(projects, arg)
					continue
				}
				list, err := io.ReadAll(cmd.InOrStdin())
				if err != nil {
					return fmt.Errorf("the list of projects: %w", err)
				}
				projects = append(projects, strings.Fields(string(list))...)
			}
			setting.Protected = !unprotected
			return setting.Write(cmd.OutOrStdout(), projects)
		},
	}
	cmd.Flags().StringVarP(&setting.Environment, "environment", "e", "", "environment whose jobs get the variables, such as dev or review/* (required)")
	cmd.Flags().StringVar(&setting.Server, "server", "", "address of the API server, as runners reach it (required)")
	cmd.Flags().StringVar(&setting.CA, "ca", "", "file with the cluster's certificate authority (required)")
	cmd.Flags().StringVar(&setting.Token, "token", "", "file with the deployer's token")
	cmd.Flags().BoolVar(&unprotected, "unprotected", false, "for jobs of branches that are not protected too, such as reviews")
	for _, name := range []string{"environment", "server", "ca"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}
