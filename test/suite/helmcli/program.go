// Package helmcli runs the command lines of Helm 3 and Helm 4 for the suites that deploy, with kubectl beside them: what
// differs between the two is told here.
package helmcli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gitlab.example.com/platform/slipway/test/tool"
)

// Program is one of the Helms.
type Program struct {
	// Major version: 3 or 4.
	Major int
	// Tool builds it.
	Tool tool.Tool
	// RollbackOnFailure is the flag that undoes a failed install or upgrade.
	RollbackOnFailure string
	// folder has this Helm as `helm`, and `kubectl`.
	folder string
}

var (
	// Helm3 is the command line of Helm 3.
	Helm3 = &Program{Major: 3, Tool: tool.Helm3, RollbackOnFailure: "--atomic"}
	// Helm4 is the command line of Helm 4.
	Helm4 = &Program{Major: 4, Tool: tool.Helm4, RollbackOnFailure: "--rollback-on-failure"}
	// Programs are both, in the order of their versions.
	Programs = []*Program{Helm3, Helm4}
)

// String is the program's name for people: helm 3.
func (p *Program) String() string { return fmt.Sprintf("helm %d", p.Major) }

// Other is the other Helm.
func (p *Program) Other() *Program {
	if p == Helm3 {
		return Helm4
	}
	return Helm3
}

// Path returns the path of this Helm's `helm`, or of `kubectl`. Install makes both.
func (p *Program) Path(command string) string { return filepath.Join(p.folder, command) }

// garbage is the GOGC of the Helms: they end before what they allocate is worth collecting.
const garbage = "400"

// Install builds both Helms and kubectl where they are not built yet, and links them into folder. For this process, it
// takes away what the user has set for Helm and kubectl, and lets them store what they store in folder; to them, and to all else
// that it starts, memory is cheaper than time.
func Install(ctx context.Context, folder string) error {
	for _, p := range Programs {
		p.folder = filepath.Join(folder, p.Tool.Name)
		if err := os.Mkdir(p.folder, 0o755); err != nil {
			return err
		}
		for name, t := range map[string]tool.Tool{"helm": p.Tool, "kubectl": tool.Kubectl} {
			path, err := t.Path(ctx, os.Stderr)
			if err != nil {
				return err
			}
			if err := os.Symlink(path, p.Path(name)); err != nil {
				return err
			}
		}
	}
	if err := os.Setenv("GOGC", garbage); err != nil {
		return err
	}
	return forgetSettings(folder)
}

func forgetSettings(folder string) error {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "HELM_") || name == "KUBECONFIG" {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{"HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "KUBECACHEDIR"} {
		if err := os.Setenv(name, filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}
