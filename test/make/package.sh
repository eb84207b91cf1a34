#!/usr/bin/env bash
# Packages both charts into RELEASE, signed with the key in the file SIGNING_KEY by the name SIGNING_NAME, if there is one.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

find_programs
mkdir -p "$RELEASE"
sign=()
if [ -n "${SIGNING_KEY:-}" ]; then
  # Helm reads the key in its binary form, which is none for a CI/CD variable.
  keyring=$(mktemp)
  trap 'rm -f "$keyring"' EXIT
  go run ./test/release keyring "$SIGNING_KEY" >"$keyring"
  sign=(--sign --key "${SIGNING_NAME:-}" --keyring "$keyring")
fi
[ -z "${SIGNING_PASSPHRASE:-}" ] || sign+=(--passphrase-file "$SIGNING_PASSPHRASE")
shown helm package charts/* --destination "$RELEASE" "${sign[@]}"
