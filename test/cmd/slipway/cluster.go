package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/cluster"
)

func newClusterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Starts and stops a throwaway cluster on this machine",
		Long: `Starts and stops a throwaway cluster on this machine: a real Kubernetes control plane (etcd, API server, controllers,
scheduler) with simulated nodes. Admission, rights, rollouts and ownership are real; no container runs. A pod
becomes ready at once, unless an image's tag contains "fail": then it waits in ImagePullBackOff.

The first start builds the control plane, which takes minutes. Its state is in the user's cache folder, or in the
folder that the environment variable ` + cluster.FolderVariable + ` names.`,
		Example: `  slipway cluster up
  KUBECONFIG=$(slipway cluster kubeconfig) helm upgrade --install the-project charts/project \
    --namespace projects --create-namespace --set environment=dev
  export KUBECONFIG=$(slipway cluster deployer --namespace the-project)
  helm upgrade --install example-microservice charts/microservice --values deploy/values.yaml
  slipway cluster down`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newClusterUpCommand(), newClusterStatusCommand(), newClusterKubeconfigCommand(),
		newClusterDeployerCommand(), newClusterDownCommand())
	return cmd
}

func newClusterUpCommand() *cobra.Command {
	var options cluster.Options
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Starts the cluster, which stays until `slipway cluster down`",
		Example: `  slipway cluster up
  slipway cluster up --port 6443 --nodes 5`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			embedded, err := cluster.Embedded()
			if err != nil {
				return err
			}
			progress := cmd.ErrOrStderr()
			options.Progress = progress
			if embedded.Status().State == cluster.Dead {
				fmt.Fprintf(progress, "cluster %s: its process has died; starting a new one\n", embedded.Name)
			}
			began := time.Now()
			already, err := embedded.Up(cmd.Context(), options)
			if err != nil {
				return err
			}
			running, err := embedded.Describe(cmd.Context())
			if err != nil {
				return err
			}
			if already {
				fmt.Fprintf(progress, "cluster %s is up already\n", embedded.Name)
			} else {
				fmt.Fprintf(progress, "cluster %s is up after %s\n", embedded.Name, time.Since(began).Round(100*time.Millisecond))
			}
			printDescription(cmd, running)
			fmt.Fprintf(progress, "\nNext:\n"+
				"  export KUBECONFIG=%s\n"+
				"  slipway cluster deployer --namespace NAME   # what a pipeline may use\n"+
				"  slipway cluster down\n", running.Kubeconfig)
			return nil
		},
	}
	cmd.Flags().IntVar(&options.Port, "port", 0, "port of the API server on 127.0.0.1 (default any free one)")
	cmd.Flags().IntVar(&options.Nodes, "nodes", 0, fmt.Sprintf("number of simulated nodes (default %d)", cluster.DefaultNodes))
	return cmd
}

func newClusterStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Says whether the cluster is up, and where",
		Long:    "Says whether the cluster is up, and where. The exit code is 0 only if it is.",
		Example: "  slipway cluster status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			embedded, err := cluster.Embedded()
			if err != nil {
				return err
			}
			running, err := embedded.Describe(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "cluster %s is up\n", embedded.Name)
			printDescription(cmd, running)
			return nil
		},
	}
}

func printDescription(cmd *cobra.Command, d cluster.Description) {
	fmt.Fprintf(cmd.OutOrStdout(), "  server      %s (Kubernetes %s)\n"+
		"  nodes       %d, simulated: no container runs\n"+
		"  kubeconfig  %s (administrator)\n"+
		"  log         %s\n", d.Server, d.Version, d.Nodes, d.Kubeconfig, d.Log)
}

func newClusterKubeconfigCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "kubeconfig",
		Short:   "Prints the path of the administrator's kubeconfig",
		Example: "  export KUBECONFIG=$(slipway cluster kubeconfig)",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			embedded, err := cluster.Embedded()
			if err != nil {
				return err
			}
			path, err := embedded.Kubeconfig()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
}

func newClusterDeployerCommand() *cobra.Command {
	var options cluster.DeployerOptions
	cmd := &cobra.Command{
		Use:   "deployer --namespace NAMESPACE",
		Short: "Prints the path of a kubeconfig of a project's deployer",
		Long: `Prints the path of a kubeconfig with what a pipeline deploys with: a fresh token of the service account "deployer" of a
project, which charts/project makes, for its namespace alone. Call it again to renew the token.`,
		Example: "  export KUBECONFIG=$(slipway cluster deployer --namespace the-project)",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			embedded, err := cluster.Embedded()
			if err != nil {
				return err
			}
			admin, err := embedded.Kubeconfig()
			if err != nil {
				return err
			}
			path, err := cluster.DeployerKubeconfig(cmd.Context(), admin, options)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
	cmd.Flags().StringVarP(&options.Namespace, "namespace", "n", "", "namespace of the project (required)")
	cmd.Flags().DurationVar(&options.Lifetime, "lifetime", 24*time.Hour, "how long the token is valid")
	_ = cmd.MarkFlagRequired("namespace")
	return cmd
}

func newClusterDownCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "Ends the cluster and removes everything in it",
		Example: "  slipway cluster down",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			embedded, err := cluster.Embedded()
			if err != nil {
				return err
			}
			existed, err := embedded.Down(cmd.Context())
			if err != nil {
				return err
			}
			if existed {
				fmt.Fprintf(cmd.ErrOrStderr(), "cluster %s is down\n", embedded.Name)
			} else {
				fmt.Fprintln(cmd.ErrOrStderr(), "no cluster was up")
			}
			return nil
		},
	}
}
