// Package registry runs an image registry of a test's own, with TLS that an authority of its own has signed and with
// passwords, as a team's GitLab has one. This machine, its container engine and kind's nodes reach it under one name.
package registry

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/bcrypt"
	"k8s.io/apimachinery/pkg/util/wait"

	"gitlab.example.com/platform/slipway/test/cluster/kind"
	"gitlab.example.com/platform/slipway/test/tool"
)

const (
	pollInterval = 20 * time.Millisecond
	// startTimeout is far more than a start takes (a tenth of a second).
	startTimeout = time.Minute
	// engineCertificates is where Docker's engine looks for the authorities of registries; it reads them anew at each use.
	engineCertificates = "/etc/docker/certs.d"
)

// Account that the registry lets in. What an account may do it does not distinguish: both may do everything.
type Account struct{ User, Password string }

// Registry is a running registry that belongs to this process.
type Registry struct {
	// Address is host and port, and so the first part of an image's name.
	Address string
	// Authority is the path of the certificate (PEM) to trust it by.
	Authority string
	// Pusher is the account of the jobs that push, Puller that of the clusters that pull.
	Pusher, Puller Account

	folder string
	stdin  io.Closer
	exited chan struct{} // closed when it has ended and nothing of it is left
}

// keeper runs the registry until standard input closes, which the kernel does however this process ends.
//
//go:embed keeper.sh
var keeper string

// Start starts an empty registry on the address that containers reach this machine by (the engine's bridge), and has
// the engine and the nodes of the kind clusters, which must be up, trust it. It ends, and all that is left of it is
// removed, with Stop or with this process, however that ends. ctx bounds the start alone; progress is told what takes
// time (nil: nobody).
//
// It takes root and Docker's engine on this machine. Debian's docker-registry is fetched where there is none.
func Start(ctx context.Context, progress io.Writer, clusters ...*kind.Managed) (*Registry, error) {
	r, err := start(ctx, progress, clusters)
	if err != nil {
		return nil, fmt.Errorf("start a registry: %w", err)
	}
	return r, nil
}

func start(ctx context.Context, progress io.Writer, clusters []*kind.Managed) (*Registry, error) {
	program, err := tool.DockerRegistry.Path(ctx, progress)
	if err != nil {
		return nil, err
	}
	host, err := bridge(ctx)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "slipway-registry-")
	if err != nil {
		return nil, err
	}
	r := &Registry{
		Authority: filepath.Join(folder, authorityFile),
		Pusher:    Account{User: "pusher", Password: rand.Text()}, Puller: Account{User: "puller", Password: rand.Text()},
		folder: folder, exited: make(chan struct{}),
	}
	if err := errors.Join(writeCertificates(folder, host), r.writeConfiguration(host)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := r.launch(program); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := r.waitReady(ctx); err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	if err := r.trust(ctx, clusters); err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	return r, nil
}

// bridge returns the address of this machine on the engine's default network. It is asked of the interface: the engine's own
// record of the network has none before its second start (seen with Docker 20.10).
func bridge(ctx context.Context) (net.IP, error) {
	output, err := exec.CommandContext(ctx, "docker", "network", "inspect", "bridge", "--format",
		`{{index .Options "com.docker.network.bridge.name"}}`).Output()
	if err != nil {
		return nil, fmt.Errorf("ask Docker's engine for the interface of its bridge: %w", err)
	}
	return addressOf(strings.TrimSpace(string(output)))
}

// addressOf returns the first IPv4 address of an interface of this machine.
func addressOf(name string) (net.IP, error) {
	bridge, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("the bridge of Docker's engine, interface %q: %w; the engine must run on this machine", name, err)
	}
	addresses, err := bridge.Addrs()
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil {
			return network.IP, nil
		}
	}
	return nil, fmt.Errorf("the bridge of Docker's engine, interface %q, has no IPv4 address: it has %v", name, addresses)
}

// writeConfiguration writes the registry's settings and the hashes of the passwords.
func (r *Registry) writeConfiguration(host net.IP) error {
	var hashes strings.Builder
	for _, account := range []Account{r.Pusher, r.Puller} {
		hash, err := bcrypt.GenerateFromPassword([]byte(account.Password), bcrypt.MinCost) // it is asked for at every request
		if err != nil {
			return err
		}
		fmt.Fprintf(&hashes, "%s:%s\n", account.User, hash)
	}
	type object map[string]any
	// YAML, which JSON is. Any free port.
	settings, err := json.Marshal(object{
		"version": "0.1",
		"log":     object{"level": "info"},
		"storage": object{"filesystem": object{"rootdirectory": filepath.Join(r.folder, "data")}, "delete": object{"enabled": true}},
		"http": object{
			"addr": net.JoinHostPort(host.String(), "0"), "secret": rand.Text(),
			"tls": object{"certificate": filepath.Join(r.folder, certificateFile), "key": filepath.Join(r.folder, keyFile)},
		},
		"auth": object{"htpasswd": object{"realm": "registry", "path": filepath.Join(r.folder, "htpasswd")}},
	})
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(r.folder, "htpasswd"), []byte(hashes.String()), 0o600),
		os.WriteFile(filepath.Join(r.folder, "config.yml"), settings, 0o600),
		os.WriteFile(filepath.Join(r.folder, "undo"), nil, 0o600),
	)
}

// launch starts the keeper.
func (r *Registry) launch(program string) error {
	log, err := os.Create(r.log())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("sh", "-c", keeper, r.folder, program)
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: Ctrl-C in the terminal is for us, and we end it in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if r.stdin, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait()
		close(r.exited)
	}()
	return nil
}

func (r *Registry) log() string { return filepath.Join(r.folder, "log") }

// listening is what the registry logs once it does: with port 0 nobody else knows which one it got.
var listening = regexp.MustCompile(`listening on ([^ ,"]+), tls`)

// waitReady returns when the registry listens.
func (r *Registry) waitReady(ctx context.Context) error {
	// Open before it ends, which removes it.
	log, err := os.Open(r.log())
	if err != nil {
		return err
	}
	defer log.Close()
	var said strings.Builder
	err = wait.PollUntilContextTimeout(ctx, pollInterval, startTimeout, true, func(context.Context) (bool, error) {
		ended := false
		select {
		case <-r.exited:
			ended = true
		default:
		}
		if _, err := io.Copy(&said, log); err != nil {
			return false, err
		}
		if match := listening.FindStringSubmatch(said.String()); match != nil {
			r.Address = match[1]
			return true, nil
		}
		if ended {
			return false, errors.New("it ended")
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("%w; its log:\n%s", err, said.String())
	}
	return nil
}

// trust has the engine and the clusters trust the registry. How that is undone is written down first.
func (r *Registry) trust(ctx context.Context, clusters []*kind.Managed) error {
	engine := filepath.Join(engineCertificates, r.Address)
	undo := fmt.Sprintf("rm -rf '%s'\n", engine)
	for _, c := range clusters {
		undo += fmt.Sprintf("docker exec '%s' rm -rf '%s'\n", c.Node(), kind.RegistryFolder(r.Address))
	}
	if err := os.WriteFile(filepath.Join(r.folder, "undo"), []byte(undo), 0o600); err != nil {
		return err
	}
	authority, err := os.ReadFile(r.Authority)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(engine, 0o755); err != nil {
		return fmt.Errorf("have Docker's engine trust it: %w", err)
	}
	if err := os.WriteFile(filepath.Join(engine, "ca.crt"), authority, 0o644); err != nil {
		return fmt.Errorf("have Docker's engine trust it: %w", err)
	}
	for _, c := range clusters {
		if err := c.Trust(ctx, r.Address, authority); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends the registry and returns when nothing of it is left.
func (r *Registry) Stop() error {
	_ = r.stdin.Close()
	<-r.exited
	if _, err := os.Stat(r.folder); err == nil {
		return fmt.Errorf("the registry left its folder %s", r.folder)
	}
	return nil
}
