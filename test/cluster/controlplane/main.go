// Command controlplane runs one Kubernetes control plane in one process: etcd, kube-apiserver,
// kube-controller-manager, kube-scheduler, and nodes that only exist in the API (KWOK).
//
// Package cluster builds, starts and stops it; it is a program of its own because the components keep global
// state, may end the process, and take long to link. Its contract with package cluster:
//
//   - file descriptor 3 is the listening socket of the API server: whoever opened it knows the port, and that it was free;
//   - everything it writes is in the folder --dir, which must exist; logs go to standard error;
//   - the file "alive" in that folder holds its process id and is locked (flock) for as long as it lives;
//   - the file "admin.kubeconfig" appears there once the cluster is ready for use;
//   - with --while-stdin it ends when standard input closes, and removes the folder.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/pflag"
)

// listenerFD is the file descriptor of the API server's socket: the first one after standard error.
const listenerFD = 3

type options struct {
	dir        string
	nodes      int
	auditLog   string
	authConfig string
	whileStdin bool
}

func main() {
	var o options
	pflag.StringVar(&o.dir, "dir", "", "folder of the cluster; it must exist and belong to this cluster alone")
	pflag.IntVar(&o.nodes, "nodes", 2, "number of simulated nodes")
	pflag.StringVar(&o.auditLog, "audit-log", "", "absolute path of a file that gets one line per request (audit level Metadata)")
	pflag.StringVar(&o.authConfig, "authentication-config", "", "absolute path of an AuthenticationConfiguration: who else may sign tokens, and for whom")
	pflag.BoolVar(&o.whileStdin, "while-stdin", false, "end when standard input closes, and remove the folder")
	pflag.Parse()

	// What it allocates is garbage soon: a larger heap is collected less often, within what a small machine has.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(1 << 30)
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

// run starts the components and returns when it is told to end (nil) or when one of them fails.
func run(o options) (err error) {
	signals, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, end := context.WithCancelCause(signals)
	defer end(nil)

	// All file names below are relative: a socket's path may not exceed about 100 bytes, the folder's may.
	if err := os.Chdir(o.dir); err != nil {
		return err
	}
	alive, err := proveAlive(ctx)
	if err != nil {
		return fmt.Errorf("lock %s: %w", aliveFile, err)
	}
	defer runtime.KeepAlive(alive) // the kernel drops the lock, after everything else here
	go endWithFolder(ctx, end)
	listener, err := net.FileListener(os.NewFile(listenerFD, "listener"))
	if err != nil {
		return fmt.Errorf("file descriptor %d is not the listening socket of the API server: %w", listenerFD, err)
	}
	if o.whileStdin {
		defer func() {
			if err == nil { // else whoever started it wants to read the log
				err = os.RemoveAll(o.dir)
			}
		}()
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			end(nil)
		}()
	}

	err = serve(ctx, end, o, listener)
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return err // the start failed
	case signals.Err() != nil || errors.Is(cause, context.Canceled):
		return nil // told to end, perhaps in the middle of the start
	default:
		return cause // a component failed
	}
}

// serve starts everything and returns when ctx ends.
func serve(ctx context.Context, end context.CancelCauseFunc, o options, listener net.Listener) error {
	etcd, err := startEtcd(ctx)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	// Before the folder goes: what still writes to it could keep it from being removed. (Close would wait for clients.)
	defer etcd.Server.HardStop()
	if err := start(ctx, end, o, listener); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
