package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newClusterLoadCommand(provider *providers) *cobra.Command {
	return &cobra.Command{
		Use:     "load IMAGE...",
		Short:   "Copies images from Docker's engine to the cluster's node",
		Long:    "Copies images from Docker's engine to the cluster's node, so that no registry is needed.",
		Example: "  slipway cluster load --provider kind registry.example.com/the-project/example-microservice:dev-1",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, images []string) error {
			chosen, err := provider.chosen()
			if err != nil {
				return err
			}
			loader, ok := chosen.(interface {
				Load(ctx context.Context, images ...string) error
			})
			if !ok {
				return fmt.Errorf("the nodes of cluster %s are simulated and need no image: load is for --provider kind", provider.name)
			}
			if _, err := chosen.Kubeconfig(); err != nil {
				return err
			}
			return loader.Load(cmd.Context(), images...)
		},
	}
}
