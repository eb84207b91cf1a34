#!/usr/bin/env bash
# Puts back the last good revision before the live one, and shows what is live. Plain `helm rollback` would put the failed
# revision back after an upgrade that failed.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

find_programs
refuse_unknown_context
become_deployer
revision=$("$slipway" revision "$SERVICE" --namespace "$NAMESPACE")
shown helm rollback "$SERVICE" "$revision" --namespace "$NAMESPACE" --wait --timeout "$TIMEOUT"
show_release
