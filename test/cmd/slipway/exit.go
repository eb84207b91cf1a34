package main

import (
	"errors"
	"fmt"

	"gitlab.example.com/platform/slipway/test/lease"
)

const (
	// exitFindings is the exit code of a command that did what it was asked for, and found something wrong.
	exitFindings = 1
	// exitFailed is that of a command that has done something, and failed.
	exitFailed = 1
	// exitCannotRun is that of a command that could not do what it was asked for, wrong usage included.
	exitCannotRun = 2
	// exitBusy is that of a command that did not change a release, or stopped changing it, because another one does.
	exitBusy = 3
)

// exit is an error that ends the command with an exit code of its own. Without err there is nothing to say.
type exit struct {
	code int
	err  error
}

// Error is what there is to say.
func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the error behind it.
func (e exit) Unwrap() error { return e.err }

// endedWith is the error of a command that has run helm, with helm's exit code, or with an error of its own.
func endedWith(code int, err error) error {
	_, busy := errors.AsType[*lease.Busy](err)
	_, lost := errors.AsType[*lease.Lost](err)
	switch {
	case busy || lost:
		return exit{code: exitBusy, err: err}
	case err == nil && code != 0:
		return exit{code: code}
	}
	return err
}

// ended says how a command that returned err ends.
func ended(err error) exit {
	if own, ok := errors.AsType[exit](err); ok {
		return own
	}
	return exit{code: exitCannotRun, err: err}
}
