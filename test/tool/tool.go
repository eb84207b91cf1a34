// Package tool builds the programs that the tester drives (helm, kubectl, the embedded control plane) from the
// modules that this module's go.mod requires, and keeps them in the user's cache: no version is written down twice,
// nothing has to be installed, and what is tested is what is required. The few that are not written in Go come from npm
// ([NPM]) or from Debian ([Debian]).
package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// Tool is a program that can be built from the modules in go.mod.
type Tool struct {
	// Name is the name that `slipway tool` knows it by.
	Name string
	// program is the file name of the program.
	program string
	// pkg is the import path of its main package; one that begins with "./" is a package of this module.
	pkg string
	// modules are those whose versions it reports.
	modules []string
	// variables gives the string variables that the linker sets, by import path and name, from the modules' versions.
	variables func(version map[string]string) map[string]string
}

const (
	helm3      = "helm.sh/helm/v3"
	helm4      = "helm.sh/helm/v4"
	kubernetes = "k8s.io/kubernetes"
	clientGo   = "k8s.io/client-go"
)

// The tools there are. The variables are those that the projects' own release builds set (Helm: Makefile;
// Kubernetes: hack/lib/version.sh): without them helm takes a cluster it is not told about for Kubernetes 1.20, and
// Kubernetes calls itself v0.0.0-master.
var (
	// Helm3 is the command line of Helm 3.
	Helm3 = Tool{
		Name: "helm3", program: "helm", pkg: helm3 + "/cmd/helm", modules: []string{helm3, clientGo},
		variables: func(version map[string]string) map[string]string {
			major, minor := majorMinor(kubernetesOf(version[clientGo]))
			return map[string]string{
				helm3 + "/internal/version.version":       version[helm3],
				helm3 + "/pkg/chartutil.k8sVersionMajor":  major,
				helm3 + "/pkg/chartutil.k8sVersionMinor":  minor,
				helm3 + "/pkg/lint/rules.k8sVersionMajor": major,
				helm3 + "/pkg/lint/rules.k8sVersionMinor": minor,
			}
		},
	}
	// Helm4 is the command line of Helm 4, which reads the version of Kubernetes from its build information.
	Helm4 = Tool{
		Name: "helm4", program: "helm", pkg: helm4 + "/cmd/helm", modules: []string{helm4},
		variables: func(version map[string]string) map[string]string {
			return map[string]string{helm4 + "/internal/version.version": version[helm4]}
		},
	}
	// Kubectl is the command line of Kubernetes.
	Kubectl = Tool{
		Name: "kubectl", program: "kubectl", pkg: kubernetes + "/cmd/kubectl", modules: []string{kubernetes},
		variables: kubernetesVariables,
	}
	// ControlPlane is the embedded control plane that package cluster starts.
	ControlPlane = Tool{
		Name: "controlplane", program: "controlplane", pkg: "./test/cluster/controlplane",
		modules:   []string{kubernetes, "go.etcd.io/etcd/server/v3", "sigs.k8s.io/kwok"},
		variables: kubernetesVariables,
	}
)

// All are the tools, in the order of their names.
func All() []Tool { return []Tool{ControlPlane, Helm3, Helm4, Kubectl} }

func kubernetesVariables(version map[string]string) map[string]string {
	major, minor := majorMinor(version[kubernetes])
	return map[string]string{
		"k8s.io/component-base/version.gitVersion": version[kubernetes],
		"k8s.io/component-base/version.gitMajor":   major,
		"k8s.io/component-base/version.gitMinor":   minor,
	}
}

// kubernetesOf returns the version of Kubernetes that a version of its libraries belongs to: v0.37.1 is of v1.37.1.
func kubernetesOf(library string) string { return "v1" + strings.TrimPrefix(library, "v0") }

// majorMinor returns the first two numbers of a version such as v1.37.1.
func majorMinor(version string) (major, minor string) {
	major, minor, _ = strings.Cut(strings.TrimPrefix(semver.MajorMinor(version), "v"), ".")
	return major, minor
}

// unused is how long a build is kept that nobody asks for.
const unused = 7 * 24 * time.Hour

// Path returns the path of the program, which it builds first if this version of it is not in the cache yet. The
// first build of all takes minutes: what happens is told on progress (nil: told to nobody). Processes that ask for
// a tool at the same time wait for each other.
//
// The working directory must be inside this module. A failing build returns what the go command said.
func (t Tool) Path(ctx context.Context, progress io.Writer) (string, error) {
	path, err := t.path(ctx, progress)
	if err != nil {
		return "", fmt.Errorf("tool %s: %w", t.Name, err)
	}
	return path, nil
}

func (t Tool) path(ctx context.Context, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}
	b, err := t.plan(ctx)
	if err != nil {
		return "", err
	}
	bin, err := cache()
	if err != nil {
		return "", err
	}
	quick, err := b.quickKey()
	if err != nil {
		return "", err
	}
	// A link to the folder of the build that the same go.mod and go.sum have led to before.
	link := filepath.Join(bin, t.Name+"-"+quick)
	if path, ok := linked(link, t.program); ok {
		return path, nil
	}

	unlock, err := lock(ctx, bin, progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if path, ok := linked(link, t.program); ok { // whoever held the lock has built it
		return path, nil
	}
	key, err := b.key(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(bin, t.Name+"-"+key)
	path := filepath.Join(dir, t.program)
	if !use(dir, path) {
		if err := t.build(ctx, b, dir, progress); err != nil {
			return "", err
		}
	}
	if err := errors.Join(os.RemoveAll(link), os.Symlink(filepath.Base(dir), link)); err != nil {
		return "", err
	}
	return path, removeUnused(bin, t.Name)
}

// build makes the folder dir with the program.
func (t Tool) build(ctx context.Context, b plan, dir string, progress io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// Whoever finds the file at its path may run it: it gets there whole.
	path := filepath.Join(dir, t.program)
	partial := path + ".partial"
	if err := b.build(ctx, partial, progress); err != nil {
		_ = os.RemoveAll(dir)
		return err
	}
	return os.Rename(partial, path)
}

// linked returns the path of the program in the folder that a link leads to, if it is there, and marks it as used now.
func linked(link, program string) (path string, ok bool) {
	dir, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", false
	}
	path = filepath.Join(dir, program)
	return path, use(dir, path)
}

// use says whether the program is there, and if so marks its folder as used now.
func use(dir, path string) bool {
	if _, err := os.Stat(path); err != nil {
		return false
	}
	now := time.Now()
	_ = os.Chtimes(dir, now, now) // at worst it is built again after a week
	return true
}

// cache returns the folder that holds every tool.
func cache() (bin string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for what is built: %w", err)
	}
	return filepath.Join(cache, "slipway", "bin"), nil
}

// removeUnused removes other builds of the same tool that nobody used lately, and links that lead nowhere.
func removeUnused(bin, name string) error {
	builds, err := filepath.Glob(filepath.Join(bin, name+"-*"))
	if err != nil {
		return err
	}
	for _, build := range builds {
		// A link is as old as its build.
		info, err := os.Stat(build)
		if err == nil && time.Since(info.ModTime()) < unused {
			continue
		}
		if err := os.RemoveAll(build); err != nil {
			return err
		}
	}
	return nil
}
