// Package fleet_test runs slipway check, rules and render as a person does, over the example and over fleets.
package fleet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gitlab.example.com/platform/slipway/test/suite/undertest"
)

// slipway is the path of the command under test.
var slipway string

// root is the repository's.
var root string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	var err error
	if root, err = filepath.Abs("../../.."); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "slipway-fleet-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if slipway, err = undertest.Slipway(context.Background(), dir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
