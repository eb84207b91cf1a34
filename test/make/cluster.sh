# Sourced by what works in the cluster CLUSTER: helm, kubectl, and the rights that they have there.

slipway=${SLIPWAY:-.build/slipway}

# shown COMMAND...: prints the command and runs it.
shown() { (set -x; "$@"); }

# Whether make starts the cluster; any other is a context of the user's kubeconfig.
is_throwaway() { [ "$CLUSTER" = embedded ] || [ "$CLUSTER" = kind ]; }

cluster() { "$slipway" cluster --provider "$CLUSTER" "$@"; }

# The user's own helm and kubectl where there are any, else those of go.mod.
find_programs() {
  local helm kubectl
  helm=$(command -v helm || "$slipway" tool helm3)
  kubectl=$(command -v kubectl || "$slipway" tool kubectl)
  PATH=$(dirname "$helm"):$(dirname "$kubectl"):$PATH
}

refuse_unknown_context() {
  local contexts
  is_throwaway && return
  contexts=$(kubectl config get-contexts --output name | paste -sd' ')
  case " ${contexts:=none} " in
    *" $CLUSTER "*) ;;
    *) echo "CLUSTER=$CLUSTER: is neither embedded nor kind, nor a context of your kubeconfig, which has: $contexts" >&2; return 2 ;;
  esac
}

# All that helm and kubectl do from here on is done as the namespace's deployer, or on a cluster of the user's own as the
# kubeconfig says.
become_deployer() {
  context=
  if is_throwaway; then
    KUBECONFIG=$(cluster deployer --namespace "$NAMESPACE")
    export KUBECONFIG
  else
    context=$CLUSTER
    export HELM_KUBECONTEXT=$CLUSTER
  fi
}

show_release() {
  shown kubectl ${context:+--context "$context"} get po,svc,deploy,ing -l "app=$SERVICE" --namespace "$NAMESPACE"
}
