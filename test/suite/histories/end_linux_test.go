package histories

import "syscall"

// endWithUs has the kernel kill a command when this process ends, also one that sleeps.
func endWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
