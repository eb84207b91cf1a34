package kind

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	kind "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/nodes"

	"gitlab.example.com/platform/slipway/test/cluster"
)

const (
	pollInterval = 100 * time.Millisecond
	// readyTimeout is many times what a node and its pods take to be ready (half a minute), images pulled included.
	readyTimeout = 10 * time.Minute
)

// ingressController are the manifests of Traefik.
//
//go:embed ingress.yaml
var ingressController string

// create makes the node and what every cluster has, and publishes the kubeconfig when all that is ready.
func (m *Managed) create(ctx context.Context, o cluster.Options) error {
	image := os.Getenv(NodeImageVariable)
	progress := o.Progress
	if progress == nil {
		progress = io.Discard
	}
	partial := filepath.Join(m.dir, adminKubeconfig+".partial")
	err := provider(progress).Create(m.name,
		kind.CreateWithV1Alpha4Config(configuration()),
		kind.CreateWithNodeImage(image),
		kind.CreateWithKubeconfigPath(partial),
		kind.CreateWithWaitForReady(readyTimeout),
	)
	if err != nil {
		err = explain(err)
		if image == "" {
			err = fmt.Errorf("%w\nwhere the node's image cannot be pulled, test/cluster/nodeimage/build.sh builds one", err)
		}
		return err
	}
	node, err := m.node()
	if err != nil {
		return err
	}
	apply := node.CommandContext(ctx, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "apply", "--filename", "-")
	if err := apply.SetStdin(strings.NewReader(ingressController)).Run(); err != nil {
		return fmt.Errorf("install the ingress controller: %w", explain(err))
	}
	if err := waitReady(ctx, partial); err != nil {
		return err
	}
	return os.Rename(partial, filepath.Join(m.dir, adminKubeconfig))
}

// configuration is that of a cluster with one node, whose ports for HTTP and HTTPS are free ones of 127.0.0.1.
func configuration() *v1alpha4.Cluster {
	c := &v1alpha4.Cluster{
		Nodes: []v1alpha4.Node{{
			Role: v1alpha4.ControlPlaneRole,
			ExtraPortMappings: []v1alpha4.PortMapping{
				{ContainerPort: 80, ListenAddress: "127.0.0.1"},
				{ContainerPort: 443, ListenAddress: "127.0.0.1"},
			},
		}},
		// Trust writes there.
		ContainerdConfigPatches: []string{"[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"" + registries + "\"\n"},
	}
	// Kubelets from 1.35 on refuse cgroup v1, which an older machine has, unless told otherwise.
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil {
		c.KubeadmConfigPatches = []string{"kind: KubeletConfiguration\nfailCgroupV1: false\n"}
	}
	return c
}

// waitReady returns when every pod that belongs to the cluster itself is ready: kind waits for the node alone.
func waitReady(ctx context.Context, kubeconfig string) error {
	client, err := cluster.Client(kubeconfig)
	if err != nil {
		return err
	}
	last := "nothing was asked yet"
	err = wait.PollUntilContextTimeout(ctx, pollInterval, readyTimeout, true, func(ctx context.Context) (bool, error) {
		last = unready(ctx, client)
		return last == "", nil
	})
	if err != nil {
		return fmt.Errorf("not ready: %w; last: %s", err, last)
	}
	return nil
}

// unready says what is not ready yet; empty if nothing.
func unready(ctx context.Context, client kubernetes.Interface) string {
	daemonSets, err := client.AppsV1().DaemonSets(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	for _, d := range daemonSets.Items {
		if d.Status.ObservedGeneration < d.Generation || d.Status.NumberReady == 0 || d.Status.NumberReady < d.Status.DesiredNumberScheduled {
			return "daemon set " + d.Namespace + "/" + d.Name
		}
	}
	deployments, err := client.AppsV1().Deployments(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	for _, d := range deployments.Items {
		if d.Status.ObservedGeneration < d.Generation || d.Status.ReadyReplicas < *d.Spec.Replicas {
			return "deployment " + d.Namespace + "/" + d.Name
		}
	}
	return ""
}

// node returns the cluster's node.
func (m *Managed) node() (nodes.Node, error) {
	list, err := provider(nil).ListNodes(m.name)
	if err != nil {
		return nil, explain(err)
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("cluster kind has %d nodes instead of one", len(list))
	}
	return list[0], nil
}
