#!/usr/bin/env bash
# Builds the command slipway as VERSION for each of PLATFORMS into RELEASE, with their checksums.
set -euo pipefail

for platform in $PLATFORMS; do
  (set -x; GOOS=${platform%/*} GOARCH=${platform#*/} go build $TRIMPATH -ldflags "-s -w -X main.version=$VERSION" \
    -o "$RELEASE/slipway-${platform/\//-}" ./test/cmd/slipway)
done
cd "$RELEASE"
sha256sum slipway-* >SHA256SUMS
