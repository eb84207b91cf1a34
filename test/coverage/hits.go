package coverage

import (
	"strconv"
	"strings"
)

// words are numbers of arms that probes write, with what else they say.
const (
	entered = "e" // a range begins; the number is that of its arm for one pass
	passed  = "p" // it begins a pass
	left    = "l" // it has ended
)

// hits are the arms that one render reached.
type hits struct {
	reached map[int]bool
	passes  map[int][]int // of the ranges that are going on, by their number, the innermost last
}

func newHits() *hits { return &hits{reached: map[int]bool{}, passes: map[int][]int{}} }

// hear takes what a probe says.
func (h *hits) hear(said string) {
	word := ""
	if said != "" && strings.Contains(entered+passed+left, said[:1]) {
		word, said = said[:1], said[1:]
	}
	number, err := strconv.Atoi(said)
	if err != nil {
		return
	}
	going := h.passes[number]
	switch word {
	case "":
		h.reached[number] = true
	case entered:
		h.passes[number] = append(going, 0)
	case passed:
		if len(going) > 0 {
			going[len(going)-1]++
		}
	case left:
		if len(going) > 0 {
			h.count(number, going[len(going)-1])
			h.passes[number] = going[:len(going)-1]
		}
	}
}

// count takes the passes that a range has made.
func (h *hits) count(number, passes int) {
	switch {
	case passes == 1:
		h.reached[number] = true
	case passes > 1:
		h.reached[number+1] = true
	}
}

// end counts the ranges that an error has cut off.
func (h *hits) end() {
	for number, going := range h.passes {
		for _, passes := range going {
			h.count(number, passes)
		}
	}
}
