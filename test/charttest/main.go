package charttest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitlab.example.com/platform/slipway/test/coverage"
)

// Main runs the tests of a package, and is all that its TestMain does.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a TestMain that has more to do; it returns the exit code. After the tests it puts what they reached of
// each chart into the folder that SLIPWAY_COVERDIR names, beside what other packages reached; and where all tests ran, it
// names golden files that none of them uses.
func Run(m *testing.M) int {
	code := m.Run()
	if err := finish(code == 0 && wholePackage()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func finish(complete bool) error {
	if complete {
		left, err := orphans(goldenFolder)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return fmt.Errorf("no test uses the golden files %s: delete them", strings.Join(left, ", "))
		}
	}
	mutex.Lock()
	defer mutex.Unlock()
	for _, c := range charts {
		if c.profile != nil {
			if err := c.profile.WriteTo(coverageFolder()); err != nil {
				return err
			}
		}
	}
	return nil
}

// coverageFolder is where profiles go; empty for nowhere.
func coverageFolder() string { return os.Getenv(coverage.Variable) }

// source names a test with its package, as far as the test binary's name tells it.
func source(t testing.TB) string {
	binary := filepath.Base(os.Args[0])
	return coverage.TestSource(strings.TrimSuffix(strings.TrimSuffix(binary, ".exe"), ".test") + "." + t.Name())
}

// wholePackage says whether every test was run, not those that flags chose.
func wholePackage() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if chosen := flag.Lookup(name); chosen != nil && chosen.Value.String() != "" {
			return false
		}
	}
	return true
}
