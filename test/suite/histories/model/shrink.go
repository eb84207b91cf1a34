package model

import "slices"

// Shrink leaves out steps of a history that is broken, as long as what is left breaks in the same way, and returns the
// fewest that it found with at most so many tries. It leaves out halves, then quarters, and at last one at a time.
func Shrink(steps []Step, tries int, breaks func([]Step) bool) []Step {
	for size := (len(steps) + 1) / 2; size > 0 && tries > 0; {
		smaller := false
		for from := 0; from < len(steps) && tries > 0; {
			without := slices.Delete(slices.Clone(steps), from, min(from+size, len(steps)))
			tries--
			if breaks(without) {
				steps, smaller = without, true
			} else {
				from += size
			}
		}
		switch {
		case size > 1:
			size = size / 2
		case !smaller:
			size = 0
		}
	}
	return steps
}
