#!/usr/bin/env bash
# Publishes what package.sh has packaged and signed to REGISTRY, unless this version is there.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

[ -n "${REGISTRY:-}" ] || { echo 'REGISTRY: say where to, as in REGISTRY=registry.example.com/platform/slipway' >&2; exit 2; }
archives=() references=()
for chart in charts/*; do
  archive=$RELEASE/${chart#charts/}-$VERSION.tgz
  [ -f "$archive.prov" ] ||
    { echo "$archive is not there with a signature: make package SIGNING_KEY=FILE SIGNING_NAME=NAME comes first" >&2; exit 2; }
  archives+=("$archive")
  references+=("$REGISTRY/$chart:$VERSION")
done
shown go run ./test/release absent "${references[@]}"
find_programs
for archive in "${archives[@]}"; do shown helm push "$archive" "oci://$REGISTRY/charts"; done
