package kind

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"

	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
)

// Load copies images from Docker's engine to the node, where pods find them under the same names: no registry is
// needed, unless their pull policy is Always.
func (m *Managed) Load(ctx context.Context, images ...string) error {
	node, err := m.node()
	if err != nil {
		return err
	}
	var said bytes.Buffer
	save := exec.CommandContext(ctx, "docker", append([]string{"save"}, images...)...)
	save.Stderr = &said
	archive, err := save.StdoutPipe()
	if err != nil {
		return err
	}
	if err := save.Start(); err != nil {
		return err
	}
	loaded := nodeutils.LoadImageArchive(node, archive)
	if err := save.Wait(); err != nil {
		// What is wrong with the archive follows from this.
		return fmt.Errorf("docker save %v: %w: %s", images, err, bytes.TrimSpace(said.Bytes()))
	}
	if loaded != nil {
		return fmt.Errorf("load %v into the node: %w", images, explain(loaded))
	}
	return nil
}

// Execute runs a command on the node and returns what it printed; the error holds what it complained about.
func (m *Managed) Execute(ctx context.Context, command ...string) (string, error) {
	if len(command) == 0 {
		return "", errors.New("no command for the node")
	}
	return docker(ctx, append([]string{"exec", m.Node()}, command...)...)
}
