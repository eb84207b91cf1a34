package kind

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path"

	"gitlab.example.com/platform/slipway/test/cluster"
)

// registries is where the node's container runtime looks for what it has to know of a registry. It reads it anew at
// each pull.
const registries = "/etc/containerd/certs.d"

// RegistryFolder returns the folder on the node that says how the registry at an address (host and port) is reached;
// there is none until Trust makes it.
func RegistryFolder(address string) string { return path.Join(registries, address) }

// Trust lets the node pull from the registry at an address (host and port) whose certificate an authority of its own
// (PEM) has signed, until the folder RegistryFolder is removed. The cluster must be up.
func (m *Managed) Trust(ctx context.Context, address string, authority []byte) error {
	if state := m.state(); state != cluster.Up {
		return fmt.Errorf("trust registry %s: cluster kind is %s", address, state)
	}
	folder := RegistryFolder(address)
	// The file's name is the one that Docker's engine wants too.
	cmd := exec.CommandContext(ctx, "docker", "exec", "--interactive", m.Node(), "sh", "-euc", `mkdir -p "$0" && cat >"$0/ca.crt"`, folder)
	cmd.Stdin = bytes.NewReader(authority)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("trust registry %s: %w: %s", address, err, bytes.TrimSpace(said))
	}
	return nil
}
