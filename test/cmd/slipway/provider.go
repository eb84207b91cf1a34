package main

import (
	"fmt"
	"strings"

	"gitlab.example.com/platform/slipway/test/cluster"
	"gitlab.example.com/platform/slipway/test/cluster/kind"
)

const embedded = "embedded"

// providers are the kinds of cluster, and the name of the chosen one.
type providers struct{ name string }

func (providers) names() []string { return []string{embedded, "kind"} }

func (p providers) chosen() (cluster.Provider, error) {
	switch p.name {
	case embedded:
		return cluster.Embedded()
	case "kind":
		return kind.Cluster()
	default:
		return nil, fmt.Errorf("--provider %s: there are %s", p.name, strings.Join(p.names(), " and "))
	}
}

// flag is what a command shown to the user needs for the chosen one.
func (p providers) flag() string {
	if p.name == embedded {
		return ""
	}
	return " --provider " + p.name
}
