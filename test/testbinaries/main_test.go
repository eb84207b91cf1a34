package main

import (
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"testbinaries": main})
}

// TestCommand runs the scripts in testdata/script, each with a small module of its own.
func TestCommand(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			home, err := os.UserHomeDir()
			env.Setenv("HOME", home)
			env.Setenv("GOFLAGS", "-buildvcs=false")
			return err
		},
	})
}

func TestLongestFirst(t *testing.T) {
	t.Parallel()
	ordered := longestFirst([]binary{{pkg: "short"}, {pkg: "long"}, {pkg: "new"}}, durations{"short": time.Second, "long": time.Minute})
	require.Equal(t, []binary{{pkg: "new"}, {pkg: "long"}, {pkg: "short"}}, ordered)
}
