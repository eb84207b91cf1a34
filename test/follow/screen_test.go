package follow

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shown is what a terminal shows after the codes that a Screen writes: up and erase.
func shown(t *testing.T, written string) []string {
	t.Helper()
	var lines []string
	for len(written) > 0 {
		if strings.HasPrefix(written, "\x1b[") {
			var up int
			if _, err := fmt.Sscanf(written, "\x1b[%dA\x1b[J", &up); err == nil {
				require.LessOrEqual(t, up, len(lines), "it goes up into what others have written")
				lines = lines[:len(lines)-up]
				written = written[strings.Index(written, "J")+1:]
				continue
			}
		}
		line, rest, ended := strings.Cut(written, "\n")
		require.True(t, ended, "a line that is not ended: %q", written)
		lines, written = append(lines, line), rest
	}
	return lines
}

// The table stays below what the command prints, whole lines of it.
func TestTableIsDrawnInPlace(t *testing.T) {
	var out bytes.Buffer
	s := &Screen{out: &out, width: func() int { return 20 }}
	command := s.Above(&out)
	p := progress{screen: s, said: map[string]string{}}
	look := func(pods ...string) {
		p.begin()
		for i, state := range pods {
			p.say(fmt.Sprintf("pod %d", i), state)
		}
		p.end()
	}

	fmt.Fprintln(command, "begun")
	look("starts", "starts")
	require.Equal(t, []string{"begun", "pod 0: starts", "pod 1: starts"}, shown(t, out.String()))
	before := out.Len()
	look("starts", "starts")
	require.Equal(t, before, out.Len(), "nothing new, nothing drawn")
	look("ready")
	require.Equal(t, []string{"begun", "pod 0: ready"}, shown(t, out.String()))
	fmt.Fprint(command, "half ")
	require.Equal(t, []string{"begun", "pod 0: ready"}, shown(t, out.String()))
	fmt.Fprint(command, "a line\nand ")
	require.Equal(t, []string{"begun", "half a line", "pod 0: ready"}, shown(t, out.String()))
	look("cannot pull its image at all")
	require.Equal(t, []string{"begun", "half a line", "pod 0: cannot pull…"}, shown(t, out.String()))
	s.End()
	require.Equal(t, []string{"begun", "half a line", "and ", "pod 0: cannot pull…"}, shown(t, out.String()))
	fmt.Fprintln(&out, "afterwards")
	require.Equal(t, "afterwards", shown(t, out.String())[4])
}

// Where there is no terminal, only changes are printed, without any codes.
func TestChangesArePrinted(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/log")
	require.NoError(t, err)
	s := NewScreen(file)
	require.Same(t, file, s.Above(file), "the command writes to the file itself")
	p := progress{screen: s, said: map[string]string{}}
	for _, state := range []string{"starts", "starts", "ready"} {
		p.begin()
		p.say("pod a", state, bad)
		p.end()
	}
	s.End()
	require.NoError(t, file.Close())
	content, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Equal(t, "pod a: starts\npod a: ready\n", string(content))
}

func TestPaint(t *testing.T) {
	l := line{"pod a: crashed", bad}
	require.Equal(t, "pod a: crashed", l.paint(80, false))
	require.Equal(t, "\x1b[31mpod a: crashed\x1b[0m", l.paint(80, true))
	require.Equal(t, "\x1b[31mpod a…\x1b[0m", l.paint(7, true))
}

func TestPrintable(t *testing.T) {
	require.Equal(t, "[31mred a", printable("\x1b[31mred\ta\r\n"))
	require.Len(t, []rune(printable(strings.Repeat("x", 2*lineWidth))), lineWidth+1)
}
