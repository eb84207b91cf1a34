# Sourced by build.sh: the node's image, out of a root file system and what was compiled.

# crictl_shim FILE: kind asks crictl for an image's id and for the list of images, and ctr knows both. The module of the
# real one is not to be had.
crictl_shim() {
  cat >"$1" <<'SH'
#!/bin/sh
list() { ctr -n k8s.io images ls | awk 'NR > 1 {print $1, $3}'; }
case $1 in
  images) exec ctr -n k8s.io images ls ;;
  inspecti)
    digest=$(list | awk -v a="$2" -v b="docker.io/$2" -v c="docker.io/library/$2" '$1 == a || $1 == b || $1 == c {print $2; exit}')
    [ -n "$digest" ] || { echo "no such image $2" >&2; exit 1; }
    list | awk -v d="$digest" '$2 == d {print $1}' \
      | jq -nR '[inputs] | {status: {id: (map(select(startswith("sha256:")))[0] // ""),
          repoTags: map(select(test("^sha256:|@") | not))}}' ;;
  *) echo "this crictl only knows images and inspecti; use ctr -n k8s.io" >&2; exit 1 ;;
esac
SH
  chmod 0755 "$1"
}

# node_programs ROOT: what runs on the node itself, and kind's own files.
node_programs() {
  local root=$1 name
  cp -rT --no-preserve=mode,ownership "$(module_dir "sigs.k8s.io/kind@$kind")/images/base/files" "$root"
  chmod 0755 "$root"/usr/local/bin/* "$root"/kind/bin/*
  for name in kubelet kubeadm kubectl; do install "$bin/$name-$kubernetes" "$root/usr/bin/$name"; done
  for name in containerd ctr containerd-shim-runc-v2; do install "$bin/$name-$containerd_version" "$root/usr/local/bin/$name"; done
  crictl_shim "$root/usr/local/bin/crictl"
  mkdir -p "$root/opt/cni/bin" "$root/etc/cni/net.d" "$root/etc/kubernetes/manifests" "$root/kind/manifests"
  for name in loopback ptp bridge portmap host-local bandwidth firewall; do mv "$root/usr/lib/cni/$name" "$root/opt/cni/bin/"; done
  rm -rf "$root/usr/lib/cni"
}

# node_units ROOT: only the units that a node needs.
node_units() {
  local root=$1
  rm -f "$root"/etc/systemd/system/*.wants/* "$root"/lib/systemd/system/{multi-user,local-fs,basic}.target.wants/* \
    "$root"/lib/systemd/system/sockets.target.wants/*{udev,initctl}* \
    "$root"/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
  chroot "$root" systemctl --quiet enable kubelet containerd undo-mount-hacks
  chroot "$root" systemctl --quiet mask systemd-binfmt.service
  echo ReadKMsg=no >>"$root/etc/systemd/journald.conf"
  : >"$root/etc/machine-id"
}

# node_containerd ROOT PAUSE: containerd's settings: the base of each container's specification, the image of a pod's
# sandbox, and a network configuration that is made from the pod range which the node is given.
node_containerd() {
  local root=$1 pause=$2
  chroot "$root" ctr oci spec \
    | jq '.hooks.createContainer += [{path: "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
      >"$root/etc/containerd/cri-base.json"
  # Where CAP_SYS_RESOURCE is missing, an OOM score below the runtime's own cannot be set.
  sed -i -e "s|sandbox_image = .*|sandbox_image = \"$pause\"|" \
    -e 's|restrict_oom_score_adj = false|restrict_oom_score_adj = true|' "$root/etc/containerd/config.toml"
  cat >>"$root/etc/containerd/config.toml" <<'TOML'

[plugins."io.containerd.grpc.v1.cri".cni]
  conf_template = "/kind/cni.conflist.tmpl"
TOML
  cat >"$root/kind/cni.conflist.tmpl" <<'JSON'
{
  "cniVersion": "0.4.0",
  "name": "kind",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "routes": [{{range $i, $r := .Routes}}{{if $i}}, {{end}}{"dst": "{{$r}}"}{{end}}],
        "ranges": [{{range $i, $r := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$r}}"}]{{end}}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

# node_manifests ROOT: what kind creates in a new cluster. It insists on something for the network, which needs no
# workload here, and on a storage class.
node_manifests() {
  local root=$1
  echo -n "$kubernetes" >"$root/kind/version"
  cat >"$root/kind/manifests/default-cni.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata:
  name: node-network
  namespace: kube-system
data:
  plugin: ptp, configured by containerd from the node's pod range
YAML
  cat >"$root/kind/manifests/default-storage.yaml" <<'YAML'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
  annotations:
    storageclass.kubernetes.io/is-default-class: "true"
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
YAML
}

# assemble WORK: makes the node's image out of what is in $bin.
assemble() {
  local work=$1 root=$1/rootfs archive images
  mkdir "$root"
  archive=$(node_rootfs)
  tar -C "$root" --numeric-owner -xf "$archive"

  log "assembling the node"
  node_programs "$root"
  node_units "$root"
  mapfile -t images < <("$bin/kubeadm-$kubernetes" config images list --kubernetes-version "$kubernetes" 2>/dev/null)
  [ ${#images[@]} != 0 ] || die "kubeadm does not say which images it needs"
  node_containerd "$root" "$(printf '%s\n' "${images[@]}" | grep /pause:)"
  node_manifests "$root"
  inner_images "$work" "$root" "${images[@]}" "$traefik_image"

  log "importing $image_name"
  tar -C "$root" --numeric-owner --exclude=./proc/* --exclude=./sys/* -c . \
    | docker import -c 'ENV container=docker' -c "LABEL recipe=$recipe" \
        -c 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]' - "$image_name" >/dev/null
}
