package tool

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// silence is the longest time without a word where progress is not a terminal.
const silence = 30 * time.Second

// counter tells how many of the packages are compiled: in place on a terminal, else a line every tenth or every
// half minute.
type counter struct {
	out            io.Writer
	terminal       bool
	done, total    int
	started, spoke time.Time
	tenth          int
}

func newCounter(out io.Writer, total int, started time.Time) *counter {
	file, ok := out.(*os.File)
	return &counter{
		out: out, terminal: ok && term.IsTerminal(int(file.Fd())),
		total: total, started: started, spoke: started,
	}
}

func (c *counter) add() {
	c.done++
	tenth := c.done * 10 / c.total
	if !c.terminal && tenth == c.tenth && time.Since(c.spoke) < silence {
		return
	}
	c.tenth, c.spoke = tenth, time.Now()
	begin, end := "", "\n"
	if c.terminal {
		begin, end = "\r", ""
	}
	fmt.Fprintf(c.out, "%s  %3d%%  %d of %d packages, %s%s", begin, c.done*100/c.total, c.done, c.total,
		time.Since(c.started).Round(time.Second), end)
}

// end leaves the line that a terminal shows the count in.
func (c *counter) end() {
	if c.terminal && c.done > 0 {
		fmt.Fprintln(c.out)
	}
}
