package follow

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// Screen is where progress goes. On a terminal its last lines are a table that is drawn in place, with colours; in a
// job's log it is a line for each change.
type Screen struct {
	out io.Writer
	// width of the terminal in columns, or nil where there is none.
	width func() int
	color bool

	lock sync.Mutex
	// table that is on the terminal now, each line with its end.
	table []string
	// above has the begun line of what is written above the table.
	above bytes.Buffer
}

// NewScreen returns the screen of a file such as os.Stderr. The environment variables TERM=dumb and NO_COLOR are heeded.
func NewScreen(file *os.File) *Screen {
	s := &Screen{out: file}
	if term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		s.width = func() int {
			if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
				return width
			}
			return 80
		}
		s.color = os.Getenv("NO_COLOR") == ""
	}
	return s
}

// Above returns where to write what must not meet the table, such as the command's own output: it is printed above, line
// by line. Where there is no table it is w itself.
func (s *Screen) Above(w io.Writer) io.Writer {
	if s.width == nil {
		return w
	}
	return above{s, w}
}

type above struct {
	screen *Screen
	w      io.Writer
}

func (a above) Write(text []byte) (int, error) {
	s := a.screen
	s.lock.Lock()
	defer s.lock.Unlock()
	s.erase()
	defer s.redraw()
	s.above.Write(text)
	all := s.above.Bytes()
	whole := all[:bytes.LastIndexByte(all, '\n')+1]
	_, err := a.w.Write(whole)
	s.above.Next(len(whole))
	return len(text), err
}

// End takes the table for done, and prints what was begun above it. Nothing is drawn afterwards.
func (s *Screen) End() {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.above.Len() > 0 {
		s.erase()
		fmt.Fprintln(s.out, s.above.String())
		s.above.Reset()
		s.redraw()
	}
	s.table = nil
}

// draw puts a table where the last one was.
func (s *Screen) draw(table []line) {
	s.lock.Lock()
	defer s.lock.Unlock()
	width := s.width()
	var drawn []string
	for _, l := range table {
		drawn = append(drawn, l.paint(width, s.color))
	}
	if strings.Join(drawn, "\n") == strings.Join(s.table, "\n") {
		return
	}
	s.erase()
	s.table = drawn
	s.redraw()
}

// erase and redraw take the table away and put it back.
func (s *Screen) erase() {
	if len(s.table) > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA\x1b[J", len(s.table))
	}
}

func (s *Screen) redraw() {
	for _, text := range s.table {
		fmt.Fprintln(s.out, text)
	}
}

// line of the table, and how it is meant.
type line struct {
	text string
	mood mood
}

type mood int

const (
	plain mood = iota
	good
	bad
)

var colors = map[mood]string{plain: "", good: "\x1b[32m", bad: "\x1b[31m"}

// paint cuts the line so that it is one on the terminal, and colours it.
func (l line) paint(width int, color bool) string {
	text := l.text
	if runes := []rune(text); len(runes) > width-1 {
		text = string(runes[:max(0, width-2)]) + "…"
	}
	if color && colors[l.mood] != "" {
		text = colors[l.mood] + text + "\x1b[0m"
	}
	return text
}
