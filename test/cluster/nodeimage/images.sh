#!/usr/bin/env bash
# Prints, as shell variables for eval, which images kind and the Dockerfiles start from. Nothing where they can be
# pulled, or where the caller has chosen; elsewhere build.sh makes them, which takes root.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

[ -z "${KIND_NODE_IMAGE:-}" ] || exit 0

# Whether one image can be pulled tells it for all.
builder=$(sed -n 's/^ARG BUILDER_IMAGE=//p' "$here/../../example-microservice/Dockerfile")
if command -v docker >/dev/null; then
  ! docker image inspect "$builder" >/dev/null 2>&1 || exit 0
  said=$(timeout 300 docker pull --quiet "$builder" 2>&1) && exit 0
else
  said='there is no docker on the PATH'
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "the image $builder cannot be pulled: $said" >&2
  echo "start Docker's engine and log in to a registry, or name images of your own in KIND_NODE_IMAGE and BUILDER_IMAGE; root on Debian 12 can build them: test/cluster/nodeimage/README.md" >&2
  exit 2
fi
echo "no image can be pulled (${said##*$'\n'}): building them from Debian packages and Go modules" >&2
exec "$here/build.sh"
