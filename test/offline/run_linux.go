package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"unsafe"
)

// Of linux/prctl.h and linux/capability.h; package syscall has neither.
const (
	prCapAmbient         = 47
	prCapAmbientClearAll = 4
	capNetAdmin          = 12
)

// inside is the environment variable with which the command finds itself in the new namespace.
const inside = "SLIPWAY_OFFLINE_INSIDE"

// run does not return where it runs the program: it becomes the program, in the new namespace, and its parent ends with the
// program's exit code.
func run(command []string) error {
	if os.Getenv(inside) == "" {
		return enter(command)
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	if err := loopbackAlone(); err != nil {
		return err
	}
	// What was needed to bring it up is not the program's.
	if _, _, failed := syscall.RawSyscall6(syscall.SYS_PRCTL, prCapAmbient, prCapAmbientClearAll, 0, 0, 0, 0); failed != 0 {
		return fmt.Errorf("give up the right to network interfaces: %w", failed)
	}
	if err := os.Unsetenv(inside); err != nil {
		return err
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, command, os.Environ())
}

// enter runs the command once more in a new namespace, which ends with it.
func enter(command []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
		attributes.AmbientCaps = []uintptr{capNetAdmin}
	}
	child := exec.Command(self, command...)
	child.Env = append(os.Environ(), inside+"=yes")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = attributes

	// The child dies with the thread that started it.
	runtime.LockOSThread()
	// `go test` asks tests that take too long for their goroutines.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGINT)
	if err := child.Start(); err != nil {
		return fmt.Errorf("this system gives no network namespace (%w)", err)
	}
	go func() {
		for s := range signals {
			_ = child.Process.Signal(s)
		}
	}()
	err = child.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() {
		return fmt.Errorf("%s ended: %w", command[0], err)
	}
	if err == nil {
		os.Exit(0)
	}
	return err
}

// loopbackUp does what `ip link set lo up` does.
func loopbackUp() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	// struct ifreq of linux/if.h
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{name: [syscall.IFNAMSIZ]byte{'l', 'o'}, flags: syscall.IFF_UP}
	if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); failed != 0 {
		return fmt.Errorf("bring the loopback up: %w", failed)
	}
	return nil
}
