package cluster

import "context"

// Provider is a kind of cluster that `slipway cluster up` starts: it outlives the process that starts it, until
// `slipway cluster down`. Several processes may use it at once.
type Provider interface {
	// Up starts the cluster and returns when it is ready. One that is up already is fine (already is true), unless o asks
	// for another one than that. What a dead one left is removed first, which o.Progress is told. Where it fails nothing is
	// left.
	Up(ctx context.Context, o Options) (already bool, err error)
	// Kubeconfig returns the path of the administrator's kubeconfig, or an error that says what to do if the cluster is not up.
	Kubeconfig() (string, error)
	// Describe asks the running cluster. The error says what to do if it is not up.
	Describe(ctx context.Context) (Description, error)
	// Down removes the cluster; existed says whether there was anything to remove.
	Down(ctx context.Context) (existed bool, err error)
}
