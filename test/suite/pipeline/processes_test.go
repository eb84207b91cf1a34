//go:build e2e

package pipeline

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sampleInterval is short against the life of a program that does anything over the network.
const sampleInterval = 25 * time.Millisecond

// processes samples the command lines of every process on this machine, those in containers among them, until ctx ends.
// What it has seen is complete once the returned function returns. Processes of the sessions that except returns true for
// are left out.
func processes(ctx context.Context, except func(session int) bool) (seen func() []string) {
	lines := map[string]bool{}
	var sampler sync.WaitGroup
	sampler.Go(func() {
		ticker := time.NewTicker(sampleInterval)
		defer ticker.Stop()
		for {
			sample(lines, except)
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return func() []string {
		sampler.Wait()
		var all []string
		for line := range lines {
			all = append(all, line)
		}
		return all
	}
}

func sample(lines map[string]bool, except func(session int) bool) {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		// Whatever cannot be read has ended.
		stat, err := os.ReadFile(filepath.Join(folder, "stat"))
		if err != nil || except(session(stat)) {
			continue
		}
		line, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		if err == nil && len(line) > 0 {
			lines[string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))] = true
		}
	}
}

// session returns the session's id out of /proc/PID/stat (man 5 proc): the fourth field after the program's name, which
// is in parentheses and may hold anything.
func session(stat []byte) int {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 4 {
		return 0
	}
	id, _ := strconv.Atoi(fields[3])
	return id
}
