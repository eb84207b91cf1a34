# Sourced by build.sh: root file systems of Debian packages.

# bookworm's systemd is the last in Debian that boots on cgroup v1 unaided.
debian=bookworm

# rootfs NAME PACKAGE...: prints the path of an archive of a root file system with these packages, made once.
rootfs() {
  local name=$1 packages out
  shift
  packages=$(IFS=,; echo "$*")
  out=$cache/$name-$debian-$(sha256sum <<<"$packages" | cut -c1-8).tar
  if [ ! -f "$out" ]; then
    log "making the root file system $name"
    # The host's own Debian sources are used; none end up in the result.
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
      | awk -v s=$debian '$2 ~ "^"s && $3 == "main" {
          print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " $1, $2, $3}' \
      | sort -u \
      | mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
          --aptopt='APT::Install-Recommends "false"' \
          --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
          --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
          --dpkgopt='path-exclude=/usr/share/locale/*' \
          --customize-hook='rm -rf "$1"/etc/apt/sources.list* "$1"/var/lib/apt/lists/* "$1"/etc/resolv.conf' \
          $debian "$out.tmp.tar" - >&2
    mv "$out.tmp.tar" "$out"
  fi
  echo "$out"
}
