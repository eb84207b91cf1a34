#!/usr/bin/env bash
# Builds the image that the pipeline's jobs run in as REGISTRY:VERSION, with Docker.
set -euo pipefail

arguments=(--build-arg "VERSION=$VERSION" --build-arg "REVISION=$(git rev-parse HEAD)")
for name in BUILDER_IMAGE BASE_IMAGE PROGRAMS; do
  [ -z "${!name:-}" ] || arguments+=(--build-arg "$name=${!name}")
done
set -x
DOCKER_BUILDKIT=1 "${DOCKER:-docker}" build --file ci/image/Dockerfile --tag "$REGISTRY:$VERSION" "${arguments[@]}" .
