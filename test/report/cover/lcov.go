package cover

import (
	"bufio"
	"fmt"
	"io"
)

// LCOV writes a tracefile: arms are branches, and a line is hit if each arm in it is reached.
func LCOV(out io.Writer, r Report) error {
	w := bufio.NewWriter(out)
	for _, file := range r.Files() {
		fmt.Fprintf(w, "TN:\nSF:%s\n", r.file(file))
		arms, reached, hit := 0, 0, 0
		lines := r.Lines(file)
		for _, line := range lines {
			for i, arm := range line.Arms {
				fmt.Fprintf(w, "BRDA:%d,0,%d,%d\n", line.Number, i, len(arm.By))
				arms++
				if len(arm.By) > 0 {
					reached++
				}
			}
		}
		fmt.Fprintf(w, "BRF:%d\nBRH:%d\n", arms, reached)
		for _, line := range lines {
			fmt.Fprintf(w, "DA:%d,%d\n", line.Number, line.Hits)
			if line.Hits > 0 {
				hit++
			}
		}
		fmt.Fprintf(w, "LF:%d\nLH:%d\nend_of_record\n", len(lines), hit)
	}
	return w.Flush()
}
