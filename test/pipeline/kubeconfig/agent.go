package kubeconfig

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// agent takes a context of the kubeconfig that GitLab gives to jobs of projects which its agent serves.
func (o Options) agent(context, variable string) (*access, error) {
	path := o.Variable("KUBECONFIG")
	if path == "" {
		return nil, fmt.Errorf("%s is %q, but the job has no KUBECONFIG: no GitLab agent serves this project. The agent's "+
			"configuration (.gitlab/agents/<name>/config.yaml) names the projects and groups under ci_access", variable, context)
	}
	all, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("KUBECONFIG: %w", err)
	}
	if all.Contexts[context] == nil {
		names := strings.Join(slices.Sorted(maps.Keys(all.Contexts)), ", ")
		return nil, fmt.Errorf("%s is %q, which the agents that serve this project do not offer; they offer: %s",
			variable, context, names)
	}
	all.CurrentContext = context
	if err := clientcmdapi.MinifyConfig(all); err != nil {
		return nil, fmt.Errorf("%s %q: %w", variable, context, err)
	}
	if err := clientcmdapi.FlattenConfig(all); err != nil {
		return nil, fmt.Errorf("%s %q: %w", variable, context, err)
	}
	all.Contexts[context].Namespace = o.Namespace
	cluster := all.Clusters[all.Contexts[context].Cluster]
	if err := address(cluster.Server); err != nil {
		return nil, fmt.Errorf("%s %q: its server %w", variable, context, err)
	}
	if cluster.InsecureSkipTLSVerify {
		return nil, fmt.Errorf("%s %q does not verify the server's certificate: give its certificate authority instead", variable, context)
	}
	return &access{config: all, server: cluster.Server, serverName: variable, tokenName: variable, caName: variable}, nil
}
