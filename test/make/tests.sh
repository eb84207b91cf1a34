#!/usr/bin/env bash
# Runs tests that need no Docker, and writes their reports into .build:
#   tests.sh test          all but the scenarios
#   tests.sh unit          those of them that need no cluster
#   tests.sh scenarios     what can happen to a deploy, each with one of the Helms
#   tests.sh test-matrix   what the three above leave out: each scenario with the other Helm
#   tests.sh histories     a dozen histories of a service, of which `test` plays one
#   tests.sh race          those that start goroutines and no cluster, with Go's race detector
set -euo pipefail
target=$1
# What the suites call, so that none links its own.
SLIPWAY=$(realpath "${SLIPWAY:-.build/slipway}")
export SLIPWAY

# The suites that deploy, fail, cut off and take over, scenario by scenario: four fifths of all the time.
scenarios='^.*/test/suite/(deploy|rights|rollout|scale|takeover)$'

# importing PACKAGES [--invert-match]: packages whose tests import one of these, or all others.
importing() {
  go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... |
    grep -E "${@:2}" "slipway/test/($1)[] ]" | cut -d' ' -f1
}
starts_cluster='cluster|suite/embedded'

# Packages with tests that start goroutines, in what is tested or in the tests. To compile all that the suites import once
# more, for the race detector, takes longer than the suites.
starting_goroutines() {
  grep -rlE --include='*.go' --exclude-dir=suite '^[[:space:]]*go (func\>|[[:alnum:]_.]+\()|\.Go\(|errgroup' test | xargs -n 1 dirname | sort -u | sed 's|^|./|' |
    xargs go list -e -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}'
}

# All that tests would download, and what they start.
get_ready() {
  local tool
  for tool in controlplane helm3 helm4 kubectl; do "$SLIPWAY" tool "$tool" >/dev/null; done
  go mod download
  (cd test/example-microservice && go mod download)
  go test -run TestDefinitions ./test/customresources >/dev/null
}

# Each package's tests get a network of their own, in which there is nothing but they, where the system gives one.
# OFFLINE=required ends where it gives none.
deny_network() {
  local why
  go build -o .build/offline ./test/offline
  if why=$(.build/offline true 2>&1); then
    echo 'Tests run with the network denied.' >&2
    offline=$PWD/.build/offline
  else
    echo "WARNING: tests run with the network, so that none is seen to need it: $why" >&2
    [ "${OFFLINE:-}" != required ]
  fi
}

# report NAME COMMAND...: runs a command that prints what `go test -json` does.
report() {
  local to=.build/$1
  shift
  (set -x; "$gotestsum" --format pkgname --jsonfile "$to.json" --junitfile "$to.xml" --raw-command -- "$@")
}

get_ready
gotestsum=$(go tool -n gotest.tools/gotestsum)
go build -o .build/testbinaries ./test/testbinaries
flags=(--dir .build/tests)
binary_flags=(-test.timeout=30m)
offline=
deny_network
case $target in
  test) packages=$(go list ./... | grep -vE "$scenarios") ;;
  unit) packages=$(importing "$starts_cluster" --invert-match) ;;
  scenarios) packages=$(go list ./... | grep -E "$scenarios") ;;
  test-matrix)
    # LEAVE_OUT names suites, as in 'rollout|takeover'.
    packages=$(importing "$starts_cluster|suite/helmcli" | grep -vE "/test/suite/(${LEAVE_OUT:-})$")
    export SLIPWAY_TEST_HELM=other
    ;;
  histories)
    packages=./test/suite/histories
    binary_flags+=(-test.run '^TestHistories$' -few)
    ;;
  race)
    packages=$(starting_goroutines)
    flags+=(--dir .build/tests-race --build -race)
    # The race detector is in C.
    export CGO_ENABLED=1
    ;;
esac
# Go's import paths have no spaces.
report "$target" .build/testbinaries "${flags[@]}" --exec "$offline" $(sort -u <<<"$packages") -- "${binary_flags[@]}"
# The example is a module of its own.
case $target in test | unit) report "$target-example" go -C test/example-microservice test -json -count=1 ${offline:+-exec "$offline"} ./... ;; esac
