#!/usr/bin/env bash
# Deploys a service with the chart and shows what is live. A throwaway cluster is started if none is up, and gets the
# service's project and, in kind, its image; on a cluster of the user's own an administrator has made the project.
set -euo pipefail
here=$(dirname "$0")
. "$here/cluster.sh"

# What an administrator does once for each environment of a project. In kind the ingress controller must reach the pods.
project=(upgrade --install "$NAMESPACE" charts/project --namespace projects --create-namespace --set "environment=$ENV")
[ "$CLUSTER" != kind ] || project+=(--set networkPolicy.allowedNamespaces.ingress=true)

refuse_mistakes() {
  local folder=test/$SERVICE/deploy environments
  [ -d "$folder" ] || { echo "SERVICE=$SERVICE: there is no $folder" >&2; exit 2; }
  [ -f "$folder/values-$ENV.yaml" ] || {
    environments=$(printf '%s\n' "$folder"/values-*.yaml | sed 's/.*values-\(.*\)\.yaml/\1/' | paste -sd' ')
    echo "ENV=$ENV: there is no $folder/values-$ENV.yaml; there are values for: $environments" >&2
    exit 2
  }
}

start_cluster() {
  local images image
  if [ "$CLUSTER" = kind ]; then
    # Where no image can be pulled, this makes them and names them.
    images=$(test/cluster/nodeimage/images.sh)
    eval "$images"
  fi
  cluster status >/dev/null 2>&1 || cluster up
  if [ "$CLUSTER" = kind ]; then
    image=$("$here/image.sh")
    cluster load "$image"
  fi
}

set_project_up() (
  KUBECONFIG=$(cluster kubeconfig)
  export KUBECONFIG
  helm status "$NAMESPACE" --namespace projects 2>/dev/null | grep '^STATUS: deployed' >/dev/null ||
    shown helm "${project[@]}" >/dev/null
)

# Helm cannot make the namespace that it stores its release in.
find_namespace() {
  local found
  refuse_unknown_context
  found=$(kubectl --context "$CLUSTER" get namespace "$NAMESPACE" --ignore-not-found --output name)
  [ -n "$found" ] || {
    echo "namespace $NAMESPACE must be there before the first deploy, and Helm cannot make it; an administrator does:" >&2
    echo "  helm --kube-context $CLUSTER ${project[*]}" >&2
    exit 2
  }
}

# Each file's values win over those of the files before it: the platform's come first.
deploy() {
  local folder values=()
  for folder in ci/platform "test/$SERVICE/deploy"; do
    values+=(--values "$folder/values.yaml" --values "$folder/values-$ENV.yaml")
  done
  shown "$slipway" rollout -- helm upgrade --install "$SERVICE" charts/microservice --namespace "$NAMESPACE" \
    "${values[@]}" --set "image.tag=$TAG" --atomic --wait --timeout "$TIMEOUT"
}

# The certificate is the ingress controller's own: nothing in this cluster makes real ones.
ask_service() {
  local ingress url
  ingress=$(cluster status | sed -n 's/.* \(.*\) (HTTPS)/\1/p')
  url=$(kubectl get ingress "$SERVICE" --namespace "$NAMESPACE" --output jsonpath='https://{.spec.rules[0].host}{.spec.rules[0].http.paths[0].path}')
  shown curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors --insecure --connect-to "::$ingress" "$url"
  echo
}

say_what_next() {
  local other='' number=${TAG##*-}
  # What to type for the same environment again.
  [ "$ENV" = dev ] || other=" ENV=$ENV"
  case $number in *[!0-9]* | '') number=1 ;; esac
  cat <<END

The API server, scheduler and controllers are real; nodes are simulated and no container runs, so nothing answers.
Next: make deploy$other TAG=$ENV-$((10#$number + 1))   an upgrade
      make deploy$other TAG=$ENV-fail   an image that never gets ready, and the way back (TIMEOUT=30s to wait less)
      make rollback$other   make down
END
}

refuse_mistakes
if is_throwaway; then
  start_cluster
  find_programs
  set_project_up
else
  find_programs
  find_namespace
fi
become_deployer
deploy
show_release
case $CLUSTER in
  kind) ask_service ;;
  embedded) say_what_next ;;
esac
