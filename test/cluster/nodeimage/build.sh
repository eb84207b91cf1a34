#!/usr/bin/env bash
# Builds what kind needs on a machine that can pull no container image: a node image, whose root file system comes from
# Debian packages and all else from Go modules, and a builder image for the example service's Dockerfile. Prints them as
# shell variables, which `slipway cluster up --provider kind` and `make` read:
#
#   eval "$(test/cluster/nodeimage/build.sh)"
#
# Needs root, Go, git and Debian 12's package sources; README.md says what it changes on this machine, and how long it
# takes. A second run does nothing.
set -euo pipefail

containerd_version=${CONTAINERD_VERSION:-v2.3.7}
cache=${KIND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway/kind}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
bin=$cache/bin

log() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }
die() { log "$*"; exit 1; }

. "$here/host.sh"
. "$here/compile.sh"
. "$here/rootfs.sh"
. "$here/inner.sh"
. "$here/assemble.sh"
. "$here/builder.sh"

[ "$(id -u)" = 0 ] || die "building kind's node image takes root"
command -v go >/dev/null || die "there is no go command on the PATH, and it builds what is in the node: install Go"
command -v apt-get >/dev/null || die "building kind's node image takes Debian 12 and its package sources"
mkdir -p "$bin"

# One run at a time; what an interrupted one left behind goes.
exec 9>"$cache/lock"
flock -n 9 || { log "waiting for another run"; flock 9; }
rm -rf "$cache"/{build,work}.*

kubernetes=$(required k8s.io/kubernetes)
etcd=$(required go.etcd.io/etcd/server/v3)
kind=$(required sigs.k8s.io/kind)
traefik_image=$(awk '$1 == "image:" {print $2}' "$here/../kind/ingress.yaml")
traefik_version=${traefik_image##*:}
image_name=local/kindest-node:$kubernetes
recipe=$( (cat "$here"/{build,compile,rootfs,inner,assemble}.sh "$here"/*.go
  echo "$kubernetes $etcd $kind $containerd_version $traefik_image") | sha256sum | cut -c1-16)
saved=$cache/node-$kubernetes-$recipe.tar.zst

node_rootfs() {
  rootfs node systemd systemd-sysv util-linux mount kmod procps bash ca-certificates curl jq rsync pigz e2fsprogs \
    iptables nftables ebtables ethtool iproute2 conntrack socat runc libseccomp2 containernetworking-plugins
}

build_node_image() {
  local c
  node_rootfs >/dev/null
  build_required "$kubernetes" \
    k8s.io/kubernetes/cmd/{kube-apiserver,kube-controller-manager,kube-scheduler,kube-proxy,kubelet,kubeadm,kubectl}
  build_required "$etcd" go.etcd.io/etcd/server/v3
  for c in containerd ctr containerd-shim-runc-v2; do
    build $c "$containerd_version" github.com/containerd/containerd/v2 github.com/containerd/containerd/v2/cmd/$c \
      -tags no_btrfs,no_devmapper,no_zfs -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=$containerd_version"
  done
  build_traefik
  work=$(mktemp -d "$cache/work.XXXXXX")
  trap '[ -z "${store:-}" ] || kill "$store"; rm -rf "$work"' EXIT
  assemble "$work"
  log "saving it to the cache"
  rm -f "$cache/node-"*.tar.zst
  docker save "$image_name" | zstd -q -3 -T0 -o "$saved.tmp" -f && mv "$saved.tmp" "$saved"
}

host_packages
host_cgroups
host_runtime
host_engine

old=$(docker image inspect -f '{{.Id}}' "$image_name" 2>/dev/null || true)
if [ "$(docker image inspect -f '{{index .Config.Labels "recipe"}}' "$image_name" 2>/dev/null)" != "$recipe" ]; then
  if [ -f "$saved" ]; then
    log "loading $image_name from the cache"
    zstd -dcq "$saved" | docker load -q >/dev/null
  else
    build_node_image
  fi
  # What the new image replaces, unless a cluster runs on it.
  [ -z "$old" ] || docker rmi "$old" >/dev/null 2>&1 || true
  log "$image_name is there"
fi
builder=$(builder_image "$repository/test/example-microservice")
job_base=$(job_base_image)

# A docker command from 23 on builds with BuildKit only if it has the plugin buildx; Debian's own is older and has it in.
docker=$(for d in $(type -ap docker); do
  if "$d" buildx version >/dev/null 2>&1 || [[ $("$d" version --format '{{.Client.Version}}') =~ ^(19|20)\. ]]; then echo "$d"; break; fi
done)
[ -n "$docker" ] || die "no docker command on the PATH can build with BuildKit: install its plugin buildx"

echo "export KIND_NODE_IMAGE=$image_name BUILDER_IMAGE=$builder JOB_BASE_IMAGE=$job_base DOCKER=$docker"
