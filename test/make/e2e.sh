#!/usr/bin/env bash
# Runs the suites that take Docker: e2e.sh BUILD-TAGS, which are e2e or e2e,long.
set -euo pipefail
here=$(dirname "$0")
. "$here/suites.sh"
CLUSTER=kind
. "$here/cluster.sh"
SLIPWAY=$(realpath "$slipway")
export SLIPWAY

for tool in helm3 helm4 kubectl; do "$slipway" tool "$tool" >/dev/null; done
# Where no image can be pulled, this makes them and names them.
images=$(test/cluster/nodeimage/images.sh)
eval "$images"

# A cluster of its own: the suites make trouble in it, one after the other. It is removed when all have passed.
export SLIPWAY_CLUSTERS=${SLIPWAY_CLUSTERS:-$PWD/.build/clusters}
is_new=true
! cluster status >/dev/null 2>&1 || is_new=false
shown "$slipway" cluster --provider kind up
shown "$(go tool -n gotest.tools/gotestsum)" --format standard-verbose --jsonfile .build/e2e.json --junitfile .build/e2e.xml -- \
  -tags "$1" -count=1 -timeout 2h -p 1 "${suites[@]/#/./test/suite/}"
! $is_new || shown "$slipway" cluster --provider kind down
