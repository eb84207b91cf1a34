//go:build !linux

package main

import (
	"errors"
	"runtime"
)

func run([]string) error { return errors.New("there are no network namespaces on " + runtime.GOOS) }
