package worker

import "syscall"

// limitMemory has the kernel refuse more memory than the limit and what the runtime sets aside; Go then ends the process.
// It is for what grows faster than watch looks.
func limitMemory(limit uint64) {
	bytes := limit + limit/2 + 256<<20
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: bytes, Max: bytes})
}
