package main

import (
	"context"

	"github.com/spf13/pflag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// controllerFlags are kube-controller-manager's own. All default controllers run but those that would sign
// certificates of kubelets, hand out address ranges to nodes, or attach disks to them: no node is real.
var controllerFlags = []string{
	"--kubeconfig=" + componentsKubeconfig, "--kube-api-qps=500", "--kube-api-burst=1000",
	"--leader-elect=false", "--secure-port=0",
	"--service-account-private-key-file=" + serviceAccountKey, "--root-ca-file=" + caCert,
	"--controllers=*,-certificatesigningrequest-signing-controller,-certificatesigningrequest-approving-controller," +
		"-certificatesigningrequest-cleaner-controller,-node-ipam-controller,-persistentvolume-attach-detach-controller",
	// A simulated node cannot fail; a machine that was busy or asleep for a minute must not look as if it did.
	"--node-monitor-grace-period=24h",
}

// runControllers runs kube-controller-manager until the process ends.
func runControllers(ctx context.Context) error {
	options, err := controllers.NewKubeControllerManagerOptions()
	if err != nil {
		return err
	}
	all, disabled, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	named := options.Flags(all, disabled, aliases)
	set := pflag.NewFlagSet("kube-controller-manager", pflag.ContinueOnError)
	for _, s := range named.FlagSets {
		set.AddFlagSet(s)
	}
	if err := set.Parse(controllerFlags); err != nil {
		return err
	}
	options.ParsedFlags = &named
	config, err := options.Config(ctx, all, disabled, aliases)
	if err != nil {
		return err
	}
	return app.Run(ctx, config.Complete())
}
