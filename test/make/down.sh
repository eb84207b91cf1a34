#!/usr/bin/env bash
# Removes a cluster that make has started, with all that is in it.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

is_throwaway || { echo "CLUSTER=$CLUSTER: make down removes only a cluster that make has started: embedded or kind" >&2; exit 2; }
cluster down
