#!/usr/bin/env bash
# Builds a service's image for kind, with Docker, and prints its name.
set -euo pipefail

image=$(sed -n 's/^  registry: //p' ci/platform/values.yaml)/$SERVICE:$TAG
# Where the Dockerfile's builder cannot be pulled, this makes it and names it.
images=$(test/cluster/nodeimage/images.sh)
eval "$images"

revision=$(git rev-parse HEAD)
# BuildKit is part of old docker commands, and of new ones with buildx.
(set -x; DOCKER_BUILDKIT=1 "${DOCKER:-docker}" build --tag "$image" ${BUILDER_IMAGE:+--build-arg "BUILDER_IMAGE=$BUILDER_IMAGE"} \
  --build-arg "VERSION=$TAG" --build-arg "REVISION=$revision" "test/$SERVICE") >&2
echo "$image"
