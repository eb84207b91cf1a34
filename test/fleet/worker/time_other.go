//go:build !unix

package worker

import "time"

var began = time.Now()

// used is the time since the process began, where processor time is not to be had.
func used() time.Duration { return time.Since(began) }
