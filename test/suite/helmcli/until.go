package helmcli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/suite/eventually"
)

// RunUntil runs Helm with these arguments until it waits for what it has written and condition holds, and then tells it to
// stop (SIGTERM). A rollout that cannot succeed ends by this as it does at the end of --timeout, without a deadline that has to
// be short for who waits for it and long enough for a way back on a busy machine. Output and error are those of Run.
func (w Terminal) RunUntil(condition func(ctx context.Context) error, args ...string) (Output, error) {
	w.T.Helper()
	var stdout, stderr words
	cmd := exec.CommandContext(w.T.Context(), w.Program.Path("helm"), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.Folder, &stdout, &stderr
	cmd.Env = append(os.Environ(), "KUBECONFIG="+w.Kubeconfig, "HELM_DEBUG=true") // so that it says that it waits
	w.T.Logf("Running command %s", cmd)
	require.NoError(w.T, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	early, isEarly := error(nil), false
	eventually.NoError(w.T, "helm waits", func(ctx context.Context) error {
		select {
		case early = <-ended:
			isEarly = true
			return nil
		default:
		}
		if !waiting.MatchString(stderr.String()) {
			return errors.New("not yet")
		}
		return condition(ctx)
	})
	output := func() Output {
		return Output{Stdout: strings.TrimSuffix(stdout.String(), "\n"), Stderr: strings.TrimSuffix(stderr.String(), "\n")}
	}
	if isEarly {
		require.FailNow(w.T, "helm ended before it was told to", "%v\n%s", early, output())
	}
	require.NoError(w.T, cmd.Process.Signal(syscall.SIGTERM))
	err := <-ended
	w.T.Log(output())
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, output().Stderr)
	}
	return output(), err
}

// waiting is what the Helms say when they have written everything, and wait for it.
var waiting = regexp.MustCompile(`beginning wait for |waiting for resources`)

// words are what a process has printed, which may be read while it runs.
type words struct {
	sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(text []byte) (int, error) {
	w.Lock()
	defer w.Unlock()
	return w.text.Write(text)
}

func (w *words) String() string {
	w.Lock()
	defer w.Unlock()
	return w.text.String()
}
