package main

import (
	"context"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// schedulerFlags are kube-scheduler's own.
var schedulerFlags = []string{
	"--kubeconfig=" + componentsKubeconfig, "--kube-api-qps=500", "--kube-api-burst=1000",
	"--leader-elect=false", "--secure-port=0",
}

// runScheduler runs kube-scheduler until the process ends.
func runScheduler(ctx context.Context) error {
	options := scheduler.NewOptions()
	set := pflag.NewFlagSet("kube-scheduler", pflag.ContinueOnError)
	for _, s := range options.Flags.FlagSets {
		set.AddFlagSet(s)
	}
	if err := set.Parse(schedulerFlags); err != nil {
		return err
	}
	// The command that this stands in for sets the name; the scheduler fails without.
	informers, err := cache.NewInformerName("kube-scheduler")
	if err != nil {
		return err
	}
	options.InformerName = informers
	config, sched, err := app.Setup(ctx, options)
	if err != nil {
		return err
	}
	return app.Run(ctx, config, sched)
}
