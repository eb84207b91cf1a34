#!/usr/bin/env bash
# Puts back the last good revision before the live one, and shows what is live.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

find_programs
refuse_unknown_context
become_deployer
shown "$slipway" rollback "$SERVICE" --namespace "$NAMESPACE" --timeout "$TIMEOUT"
show_release
