package main

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// start brings everything above etcd up in order and returns when the cluster is ready. A component that ends, now or later,
// ends the process through end. The components run until the process ends: there is nothing that they would
// have to save, so they are not asked to stop.
func start(ctx context.Context, end context.CancelCauseFunc, o options, listener net.Listener) error {
	component := func(name string, run func(context.Context) error) {
		go func() {
			err := run(context.Background())
			if err == nil {
				err = errors.New("ended")
			}
			end(fmt.Errorf("%s: %w", name, err))
		}()
	}

	server := listener.Addr().(*net.TCPAddr)
	if err := writeCredentials(server); err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	component("kube-apiserver", func(ctx context.Context) error { return runAPIServer(ctx, listener, o) })

	client, err := newClient()
	if err != nil {
		return err
	}
	if err := waitForAPIServer(ctx, client); err != nil {
		return err
	}
	component("kube-controller-manager", runControllers)
	component("kube-scheduler", runScheduler)
	if err := createNodes(ctx, client, o.nodes); err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	if err := startNodes(); err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	if err := waitForControllers(ctx, client, o.nodes); err != nil {
		return err
	}
	return publishAdminKubeconfig()
}
