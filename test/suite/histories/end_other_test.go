//go:build !linux

package histories

import "syscall"

// endWithUs does nothing: only Linux can.
func endWithUs() *syscall.SysProcAttr { return nil }
