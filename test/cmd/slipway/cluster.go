package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/cluster/kind"
)

func newClusterCommand() *cobra.Command {
	provider := providers{name: embedded}
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Starts and stops a throwaway cluster on this machine",
		Long: `Starts and stops a throwaway cluster on this machine. The provider says what is real in it:

embedded  a real Kubernetes control plane (etcd, API server, controllers, scheduler) with simulated nodes. Admission,
          rights, rollouts and ownership are real; no container runs. A pod becomes ready at once, unless an image's tag
          contains "fail": then it waits in ImagePullBackOff. The first start builds the control plane, which takes minutes.
kind      everything: one node in a container of Docker's engine, with an ingress controller (class traefik). The environment
          variable ` + kind.NodeImageVariable + ` names the node's image; by default it is pulled.

Its state is in the user's cache folder, or in the folder that the environment variable ` + cluster.FolderVariable + ` names.`,
		Example: `  slipway cluster up
  KUBECONFIG=$(slipway cluster kubeconfig) helm upgrade --install the-project charts/project \
    --namespace projects --create-namespace --set environment=dev
  export KUBECONFIG=$(slipway cluster deployer --namespace the-project)
  helm upgrade --install example-microservice charts/microservice --set environment=dev \
    --set image.registry=registry.example.com/the-project,image.tag=dev-1
  slipway cluster down

  slipway cluster up --provider kind`,
		Args: oneOfItsCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&provider.name, "provider", embedded, "kind of cluster: "+strings.Join(provider.names(), " or "))
	cmd.AddCommand(newClusterUpCommand(&provider), newClusterStatusCommand(&provider), newClusterKubeconfigCommand(&provider),
		newClusterDeployerCommand(&provider), newClusterLoadCommand(&provider), newClusterDownCommand(&provider))
	return cmd
}

func newClusterUpCommand(provider *providers) *cobra.Command {
	var options cluster.Options
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Starts the cluster, which stays until `slipway cluster down`",
		Example: `  slipway cluster up
  slipway cluster up --port 6443 --nodes 5`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := provider.chosen()
			if err != nil {
				return err
			}
			progress := cmd.ErrOrStderr()
			options.Progress = progress
			began := time.Now()
			already, err := chosen.Up(cmd.Context(), options)
			if err != nil {
				return err
			}
			running, err := chosen.Describe(cmd.Context())
			if err != nil {
				return err
			}
			if already {
				fmt.Fprintf(progress, "cluster %s is up already\n", provider.name)
			} else {
				fmt.Fprintf(progress, "cluster %s is up after %s\n", provider.name, time.Since(began).Round(100*time.Millisecond))
			}
			printDescription(cmd, running)
			fmt.Fprintf(progress, "\nNext:\n"+
				"  export KUBECONFIG=%[1]s\n"+
				"  %[2]s cluster deployer%[3]s --namespace NAME   # what a pipeline may use\n"+
				"  %[2]s cluster down%[3]s\n", running.Kubeconfig, os.Args[0], provider.flag())
			return nil
		},
	}
	cmd.Flags().IntVar(&options.Port, "port", 0, "port of the API server on 127.0.0.1 (default any free one)")
	cmd.Flags().IntVar(&options.Nodes, "nodes", 0, fmt.Sprintf("number of simulated nodes (default %d)", cluster.DefaultNodes))
	return cmd
}

func newClusterStatusCommand(provider *providers) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Says whether the cluster is up, and where",
		Long:    "Says whether the cluster is up, and where. The exit code is 0 only if it is.",
		Example: "  slipway cluster status",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := provider.chosen()
			if err != nil {
				return err
			}
			running, err := chosen.Describe(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "cluster %s is up\n", provider.name)
			printDescription(cmd, running)
			return nil
		},
	}
}

func printDescription(cmd *cobra.Command, d cluster.Description) {
	nodes := strconv.Itoa(d.Nodes)
	if d.HTTPS == "" {
		nodes += ", simulated: no container runs"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "  server      %s (Kubernetes %s)\n"+
		"  nodes       %s\n"+
		"  kubeconfig  %s (administrator)\n"+
		"  log         %s\n", d.Server, d.Version, nodes, d.Kubeconfig, d.Log)
	if d.HTTPS != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "  ingress     %s (HTTP), %s (HTTPS)\n", d.HTTP, d.HTTPS)
	}
}

func newClusterKubeconfigCommand(provider *providers) *cobra.Command {
	return &cobra.Command{
		Use:     "kubeconfig",
		Short:   "Prints the path of the administrator's kubeconfig",
		Example: "  export KUBECONFIG=$(slipway cluster kubeconfig)",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := provider.chosen()
			if err != nil {
				return err
			}
			path, err := chosen.Kubeconfig()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
}

func newClusterDeployerCommand(provider *providers) *cobra.Command {
	var options cluster.DeployerOptions
	cmd := &cobra.Command{
		Use:   "deployer --namespace NAMESPACE",
		Short: "Prints the path of a kubeconfig of a project's deployer",
		Long: `Prints the path of a kubeconfig with what a pipeline deploys with: a fresh token of the service account "deployer" of a
project, which charts/project makes, for its namespace alone. Call it again to renew the token.`,
		Example: "  export KUBECONFIG=$(slipway cluster deployer --namespace the-project)",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := provider.chosen()
			if err != nil {
				return err
			}
			admin, err := chosen.Kubeconfig()
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

func newClusterDownCommand(provider *providers) *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "Ends the cluster and removes everything in it",
		Example: "  slipway cluster down",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := provider.chosen()
			if err != nil {
				return err
			}
			existed, err := chosen.Down(cmd.Context())
			if err != nil {
				return err
			}
			if existed {
				fmt.Fprintf(cmd.ErrOrStderr(), "cluster %s is down\n", provider.name)
			} else {
				fmt.Fprintf(cmd.ErrOrStderr(), "no cluster %s was up\n", provider.name)
			}
			return nil
		},
	}
}
