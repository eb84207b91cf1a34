// Command offline runs a program with the network denied: in a network namespace of its own, which has no interface but
// the one of the loopback. `go test -exec` runs each package's tests with it.
//
// As root it takes a network namespace alone; anybody else gets one within a user namespace in which they are who they
// were, with no rights more. Where the system allows neither, and on other systems than Linux, it runs nothing and says
// why.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
)

// cannot is the exit code where there is no such namespace to be had, or it is not what it should be.
const cannot = 125

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: offline PROGRAM [ARGUMENT...]")
		os.Exit(cannot)
	}
	err := run(os.Args[1:])
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		os.Exit(exit.ExitCode())
	}
	fmt.Fprintln(os.Stderr, "offline:", err)
	os.Exit(cannot)
}

// loopbackAlone fails unless the loopback is the only interface, and is up.
func loopbackAlone() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	if len(interfaces) != 1 || interfaces[0].Flags&net.FlagLoopback == 0 || interfaces[0].Flags&net.FlagUp == 0 {
		return fmt.Errorf("the namespace is to have the loopback alone, and it has %v", interfaces)
	}
	return nil
}
