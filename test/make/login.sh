#!/usr/bin/env bash
# Logs in to the host REGISTRY as REGISTRY_USER, whose password is read from standard input, where docker and helm both find
# what helm has stored.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

find_programs
helm registry login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin --registry-config "${DOCKER_CONFIG:-$HOME/.docker}/config.json"
