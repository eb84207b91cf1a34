package helm

import "syscall"

// endWithUs has the kernel kill a program when this process ends.
func endWithUs(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
