package cluster

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// State of a managed cluster.
type State string

const (
	Down     State = "down"     // there is none
	Starting State = "starting" // its process lives, and it is not ready yet
	Up       State = "up"       // its process lives, and it was ready
	Dead     State = "dead"     // its process is gone without `slipway cluster down`
)

// Status is what can be said about a managed cluster without asking its API server.
type Status struct {
	State State
	// Kubeconfig is the path of the administrator's kubeconfig, Log that of the control plane's log.
	Kubeconfig, Log string
}

// Status looks at the cluster's folder and at whether its process lives.
func (m *Managed) Status() Status {
	s := Status{Kubeconfig: filepath.Join(m.dir, adminKubeconfig), Log: filepath.Join(m.dir, logFile)}
	switch {
	case !exists(m.dir):
		s.State = Down
	case !m.alive():
		s.State = Dead
	case exists(s.Kubeconfig):
		s.State = Up
	default:
		s.State = Starting
	}
	return s
}

// Kubeconfig returns the path of the administrator's kubeconfig, or an error that says what to do if the cluster is
// not up.
func (m *Managed) Kubeconfig() (string, error) {
	switch s := m.Status(); s.State {
	case Up:
		return s.Kubeconfig, nil
	case Starting:
		return "", fmt.Errorf("cluster %s is starting: `slipway cluster up` waits until it is ready (log: %s)", m.Name, s.Log)
	case Dead:
		return "", fmt.Errorf("cluster %s: its process has died (log: %s); `slipway cluster down` removes what is left, "+
			"`slipway cluster up` starts a new one", m.Name, s.Log)
	default:
		return "", fmt.Errorf("no cluster is up; start one with `slipway cluster up`")
	}
}

// Description is what a running cluster says about itself.
type Description struct {
	Kubeconfig, Log string
	Server          string // URL of the API server
	Port            int    // of the API server on 127.0.0.1
	Version         string // of Kubernetes, such as v1.37.1
	Nodes           int
	// HTTP and HTTPS are where the ingress controller answers, such as 127.0.0.1:8443; empty where nodes are simulated.
	HTTP, HTTPS string
}

// answerTimeout bounds how long an API server is waited for that must be ready.
const answerTimeout = 30 * time.Second

// Describe asks the running cluster. The error says what to do if it is not up.
func (m *Managed) Describe(ctx context.Context) (Description, error) {
	kubeconfig, err := m.Kubeconfig()
	if err != nil {
		return Description{}, err
	}
	d, err := Describe(ctx, kubeconfig)
	if err != nil {
		return Description{}, fmt.Errorf("cluster %s: its process lives, but its API server does not answer as it should: %w (log: %s)",
			m.Name, err, m.Status().Log)
	}
	d.Kubeconfig, d.Log = kubeconfig, m.Status().Log
	return d, nil
}

// Describe asks the API server that the current context of a kubeconfig file names, whose URL must have a port. It fills
// in what that knows: Server, Port, Version and Nodes.
func Describe(ctx context.Context, kubeconfig string) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return Description{}, err
	}
	server, err := url.Parse(config.Host)
	if err != nil {
		return Description{}, err
	}
	port, err := strconv.Atoi(server.Port())
	if err != nil {
		return Description{}, err
	}
	client, err := Client(kubeconfig)
	if err != nil {
		return Description{}, err
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return Description{}, err
	}
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return Description{}, err
	}
	return Description{Server: config.Host, Port: port, Version: version.GitVersion, Nodes: len(nodes.Items)}, nil
}
