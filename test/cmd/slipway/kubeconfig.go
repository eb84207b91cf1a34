package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/pipeline/kubeconfig"
)

func newKubeconfigCommand() *cobra.Command {
	options := kubeconfig.Options{Variable: os.Getenv}
	cmd := &cobra.Command{
		Use:   "kubeconfig --environment ENVIRONMENT --namespace NAMESPACE",
		Short: "Prints the path of a kubeconfig made of a job's variables",
		Long: `Prints the path of a kubeconfig that is made of a GitLab job's variables, once the API server has taken it. The
variables of environment dev are these; what has its name goes before what has not:

K8S_DEV_SERVER, K8S_DEV_TOKEN, K8S_DEV_CA  the address of the API server (https://), the deployer's token, and the cluster's
                                           certificate authority (a variable of type File, or the PEM text itself)
K8S_DEV_CONTEXT                            instead of these, a context of the GitLab agent
K8S_SERVER, K8S_TOKEN, K8S_CA, K8S_CONTEXT the same, where GitLab scopes variables to an environment, or one holds for all

With --protected the environment is the branch's that has its name, or --branch's: a job of another one is refused, whatever
variables say, by the ID token that GitLab has signed for it (SLIPWAY_ID_TOKEN).

The file is outside of the project's folder, readable for its owner alone. The server's certificate is always verified. No
token is printed, nor ever part of a command line.`,
		Example: `  KUBECONFIG=$(slipway kubeconfig --environment dev --namespace the-project)
  export KUBECONFIG   # a line of its own: export X=$(command) hides that the command failed`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Progress = cmd.ErrOrStderr()
			path, err := kubeconfig.Write(cmd.Context(), options)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
	cmd.Flags().StringVarP(&options.Environment, "environment", "e", "", "environment that is deployed to, such as dev (required)")
	cmd.Flags().StringVarP(&options.Namespace, "namespace", "n", "", "namespace of the project (required)")
	cmd.Flags().StringVar(&options.PullSecret, "pull-secret", "", "Secret that must be there to pull images with")
	cmd.Flags().StringVar(&options.Registry, "registry", "", "host of the registry that this Secret must hold a login for")
	cmd.Flags().BoolVar(&options.Protected, "protected", false, "refuse a branch that is not protected, and a job that is not of the environment's branch")
	cmd.Flags().StringVar(&options.Branch, "branch", "", "branch that the environment's credentials are for (default the one of its name)")
	_ = cmd.MarkFlagRequired("environment")
	_ = cmd.MarkFlagRequired("namespace")
	return cmd
}
