#!/usr/bin/env bash
# What people write today, for one version of Kubernetes, $1, in a folder of services: each release is rendered, and what
# comes of it is held against the version's schemas. CHART and SCHEMAS say where those are.
set -uo pipefail
status=0
for values in */deploy/values-*.yaml; do
  service=${values%%/*}
  environment=${values##*/values-}
  environment=${environment%.yaml}
  helm template "$service" "$CHART" --kube-version "$1" --values "$service/deploy/values.yaml" --values "$values" \
    --set "image.tag=$environment-1" |
    kubeconform -strict -kubernetes-version "$1" -schema-location "$SCHEMAS" -summary || status=1
done
exit $status
