package helm

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// inTerminal says that this process is the one that TestTerminal has started.
const inTerminal = "SLIPWAY_TEST_IN_TERMINAL"

// A program that we have started can read from our terminal.
func TestTerminal(t *testing.T) {
	if os.Getenv(inTerminal) != "" {
		var said bytes.Buffer
		p, err := Start("sh", []string{"-c", "read line; echo $line"}, os.Stdin, &said, &said)
		require.NoError(t, err)
		<-p.Exited()
		fmt.Printf("it has read %s", said.String())
		return
	}
	controller, terminal := openTerminal(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestTerminal$", "-test.v")
	cmd.Env = append(os.Environ(), inTerminal+"=1")
	cmd.Stdin = terminal
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	_, err = controller.WriteString("values\n")
	require.NoError(t, err)
	hung := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	var said bytes.Buffer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
	}
	require.NoError(t, cmd.Wait(), said.String())
	require.Contains(t, said.String(), "it has read values")
}

// openTerminal makes a pseudoterminal, and returns both its ends.
func openTerminal(t *testing.T) (controller, terminal *os.File) {
	t.Helper()
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { controller.Close() })
	number, err := unix.IoctlGetInt(int(controller.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(controller.Fd()), unix.TIOCSPTLCK, 0))
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { terminal.Close() })
	return controller, terminal
}
