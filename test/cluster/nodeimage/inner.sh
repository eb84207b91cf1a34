# Sourced by build.sh: the images that a node brings with it.

# image NAME DIR ENTRYPOINT: imports DIR as an image of one layer.
image() {
  mkdir -p "$2/tmp" "$2/etc" "$2/run" "$2/var" && chmod 1777 "$2/tmp"
  tar -C "$2" --numeric-owner --owner=0 --group=0 -c . \
    | docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        -c "ENTRYPOINT [\"$3\"]" - "$1" >/dev/null
}

# netfilter_tools ROOT TO: copies what kube-proxy drives the packet filter with, and the libraries of that, out of the
# node's root file system.
netfilter_tools() {
  local root=$1 to=$2 f multi=xtables-nft-multi
  mkdir -p "$to/usr/lib/x86_64-linux-gnu"
  cp -r "$root/usr/lib/x86_64-linux-gnu/xtables" "$to/usr/lib/x86_64-linux-gnu/"
  for f in usr/sbin/{xtables-nft-multi,xtables-legacy-multi,nft,conntrack}; do install -D "$root/$f" "$to/$f"; done
  chroot "$root" sh -c 'ldd /usr/sbin/xtables-*-multi /usr/sbin/nft /usr/sbin/conntrack /usr/lib/x86_64-linux-gnu/xtables/*.so' \
    | grep -o '/[^ :]*\.so[^ :]*  *(' | tr -d ' (' | sort -u | while read -r f; do
      install -D "$root$(chroot "$root" readlink -f "$f")" "$to$f"
    done
  # Same flavour as the host, whose rules share the node's network namespace.
  ! iptables --version 2>/dev/null | grep -q legacy || multi=xtables-legacy-multi
  for f in ip{,6}tables{,-save,-restore}; do ln -sf "$multi" "$to/usr/sbin/$f"; done
}

# inner_images WORK ROOT IMAGE...: makes the images, those of the control plane under the names that kubeadm gives them,
# and puts them into the content store that the node starts with. They are unpacked on first use.
inner_images() {
  local work=$1 root=$2 img name dir
  shift 2
  log "building $# images for the node"
  for img; do
    name=${img##*/}
    name=${name%%:*}
    dir=$work/img-$name
    case $name in
      kube-proxy) netfilter_tools "$root" "$dir" && install -D "$bin/$name-$kubernetes" "$dir/usr/local/bin/$name" ;;
      kube-*) install -D "$bin/$name-$kubernetes" "$dir/usr/local/bin/$name" ;;
      etcd) install -D "$bin/etcd-$etcd" "$dir/usr/local/bin/etcd" ;;
      traefik) install -D "$bin/traefik-$traefik_version" "$dir/usr/local/bin/traefik" ;;
      coredns)
        build coredns "${img##*:}" github.com/coredns/coredns main.go -ldflags "-s -w"
        install -D "$bin/coredns-${img##*:}" "$dir/usr/local/bin/coredns"
        ;;
      pause)
        [ -x "$bin/pause" ] || go build -ldflags "-s -w" -o "$bin/pause" "$here/pause.go"
        install -D "$bin/pause" "$dir/usr/local/bin/pause"
        ;;
      *) die "there is no recipe for the image $img" ;;
    esac
    image "$img" "$dir" "/usr/local/bin/$name"
  done

  cat >"$work/containerd.toml" <<TOML
version = 3
root = "$root/var/lib/containerd"
state = "$work/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
[plugins."io.containerd.server.v1.grpc"]
  address = "$work/containerd.sock"
[plugins."io.containerd.server.v1.ttrpc"]
  address = "$work/containerd.sock.ttrpc"
[grpc]
  address = "$work/containerd.sock"
TOML
  "$root/usr/local/bin/containerd" --config "$work/containerd.toml" >"$work/containerd.log" 2>&1 9>&- &
  store=$!
  local ctr=("$root/usr/local/bin/ctr" --address "$work/containerd.sock" -n k8s.io)
  for _ in $(seq 300); do "${ctr[@]}" version >/dev/null 2>&1 && break; sleep 0.1; done
  docker save "$@" \
    | "${ctr[@]}" images import --label=io.cri-containerd.pinned=pinned --no-unpack --digests - >"$work/import.log" 2>&1
  kill "$store" && wait "$store" || true
  store=
  docker rmi "$@" >/dev/null
}
