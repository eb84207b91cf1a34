package main

import (
	"context"
	"net"
	"os"
	"strconv"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// apiServerFlags are kube-apiserver's own; what is not named has its default, all default admission plugins included.
var apiServerFlags = []string{
	"--etcd-servers=" + etcdSocket,
	"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
	"--tls-cert-file=" + servingCert, "--tls-private-key-file=" + servingKey, "--client-ca-file=" + caCert,
	"--authorization-mode=RBAC", "--anonymous-auth=false", "--profiling=false",
	"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
	"--service-account-key-file=" + serviceAccountKey, "--service-account-signing-key-file=" + serviceAccountKey,
	"--service-cluster-ip-range=10.96.0.0/12",
	"--allow-privileged=true",
	// No pod can reach a loopback address: the Service "kubernetes" gets no endpoint.
	"--endpoint-reconciler-type=none",
	// Simulated nodes have no such address, so that logs and exec are refused at once instead of dialling somewhere.
	"--kubelet-preferred-address-types=ExternalIP",
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// runAPIServer serves on listener until the process ends. With o.auditLog, each request is written to that file; with
// o.authConfig, it takes the tokens that this file describes beside those of its own accounts.
func runAPIServer(ctx context.Context, listener net.Listener, o options) error {
	flags := append(apiServerFlags, "--secure-port="+strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	if o.authConfig != "" {
		flags = append(flags, "--authentication-config="+o.authConfig)
	}
	if o.auditLog != "" {
		if err := os.WriteFile("audit-policy.yaml", []byte(auditPolicy), 0o600); err != nil {
			return err
		}
		flags = append(flags, "--audit-policy-file=audit-policy.yaml", "--audit-log-path="+o.auditLog,
			"--audit-log-maxsize=1000000") // MB: one file, which whoever follows it can go on reading
	}

	options := apiserver.NewServerRunOptions()
	set := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, s := range options.Flags().FlagSets {
		set.AddFlagSet(s)
	}
	if err := set.Parse(flags); err != nil {
		return err
	}
	options.SecureServing.Listener = listener
	if err := options.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	completed, err := options.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return utilerrors.NewAggregate(errs)
	}
	return app.Run(ctx, completed)
}
