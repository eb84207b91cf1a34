# Sourced by build.sh: a container engine on this machine.

# host_missing prints the packages that are missing: of the engine, and of the programs used here.
host_missing() {
  local p
  for p in docker.io libcap2-bin mmdebstrap debian-archive-keyring zstd jq curl; do
    [ "$p" = docker.io ] && command -v dockerd >/dev/null && continue
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || echo "$p"
  done
}

host_packages() {
  local want
  mapfile -t want < <(host_missing)
  [ ${#want[@]} = 0 ] && return
  log "installing ${want[*]}"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${want[@]}" >/dev/null
}

# host_cgroups mounts the cgroup v1 hierarchies, which the engine needs, where nobody did: a machine that does not run
# systemd may lack them. Nothing to do on cgroup v2.
host_cgroups() {
  local cg=/sys/fs/cgroup c
  [ -f $cg/cgroup.controllers ] && return
  mountpoint -q $cg || mount -t tmpfs -o mode=755 cgroup $cg
  for c in $(awk '!/^#/ && $4 == 1 {print $1}' /proc/cgroups); do
    mkdir -p "$cg/$c"
    mountpoint -q "$cg/$c" || mount -t cgroup -o "$c" cgroup "$cg/$c" || rmdir "$cg/$c"
  done
  mkdir -p $cg/systemd
  mountpoint -q $cg/systemd || mount -t cgroup -o none,name=systemd cgroup $cg/systemd
}

# host_runtime has the engine ask for no more capabilities than there are. `docker run --privileged` asks for every one
# that the kernel knows, which fails where this machine may not grant one (often CAP_SYS_RESOURCE). A wrapper around
# runc that leaves the missing ones out becomes the default runtime then; else the engine is left as it is.
host_runtime() {
  local missing conf=/etc/docker/daemon.json wrapper=/usr/local/sbin/runc-bounded pid
  missing=$(comm -23 \
    <(capsh --decode="$(printf '%x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))" | cut -d= -f2 | tr ',' '\n' | sort) \
    <(capsh --decode="$(awk '/^CapBnd/ {print $2}' /proc/self/status)" | cut -d= -f2 | tr ',' '\n' | sort) \
    | jq -cnR '[inputs] | map(ascii_upcase)')
  [ "$missing" != '[]' ] || return 0
  cat >"$wrapper.tmp" <<SH
#!/bin/sh
# runc, without the capabilities that this machine cannot grant.
prev= f=
for a; do
  case \$prev in
    --bundle | -b) f=\$a/config.json ;;
    --process | -p) f=\$a ;;
  esac
  prev=\$a
done
if [ -f "\$f" ]; then
  jq '(.process // .).capabilities |= (. // {} | map_values(. - $missing))' "\$f" >"\$f.tmp" && cat "\$f.tmp" >"\$f"
  rm -f "\$f.tmp"
fi
exec runc "\$@"
SH
  chmod 0755 "$wrapper.tmp" && mv "$wrapper.tmp" "$wrapper"
  [ "$(jq -r '."default-runtime" // ""' $conf 2>/dev/null)" = runc-bounded ] && return
  log "the engine's default runtime now leaves out $missing"
  mkdir -p /etc/docker
  { [ -s $conf ] && cat $conf || echo '{}'; } \
    | jq --arg w $wrapper '.runtimes["runc-bounded"].path = $w | ."default-runtime" = "runc-bounded"' >$conf.tmp
  mv $conf.tmp $conf
  pid=$(cat /var/run/docker.pid 2>/dev/null || true)
  [ -z "$pid" ] || kill -HUP "$pid" 2>/dev/null || true
}

# host_engine starts the engine where nothing else does, and leaves it running.
host_engine() {
  docker info >/dev/null 2>&1 && return
  log "starting dockerd"
  # A session of its own, so that it outlives this terminal; without the lock of this script.
  setsid nohup dockerd >"$cache/dockerd.log" 2>&1 </dev/null 9>&- &
  for _ in $(seq 120); do docker info >/dev/null 2>&1 && return; sleep 0.5; done
  die "dockerd did not come up, see $cache/dockerd.log"
}
