#!/usr/bin/env bash
# Says what the suites that take Docker are going to install, and ends with 2 and one message where something is missing that
# nothing here can install; before anything is built.
set -euo pipefail
. "$(dirname "$0")/suites.sh"
. test/cluster/nodeimage/host.sh

cache=${XDG_CACHE_HOME:-$HOME/.cache}/slipway/bin
packages=() planned='' missing=''
plan() { planned+=$'\n'"  $*"; }
miss() { missing+=$'\n'"  $*"; }
lacks() { ! command -v "$1" >/dev/null; }
is_debian_root() { [ "$(id -u)" = 0 ] && ! lacks apt-get; }

# Whether a chosen suite has this in its files.
uses() {
  local suite
  for suite in "${suites[@]}"; do ! grep -qs "$1" "test/suite/$suite"/*.go || return 0; done
  return 1
}

# debian PROGRAM WHAT-FOR: a program whose package has its name.
debian() {
  lacks "$1" || return 0
  if is_debian_root; then
    packages+=("$1")
    plan "Debian's package $1: $2"
  else
    miss "$1, of Debian's package $1: $2"
  fi
}

if is_debian_root; then
  node_packages=$(host_missing | paste -sd' ')
  [ -z "$node_packages" ] || plan "Debian's packages $node_packages, where no image can be pulled (test/cluster/nodeimage/README.md)"
elif lacks docker || ! docker info >/dev/null 2>&1; then
  miss "Docker's engine, or one that answers: https://docs.docker.com/engine/install"
fi
! uses curl || debian curl 'asks services'
if uses GitlabCILocal; then
  debian rsync 'copies files for gitlab-ci-local'
  node=$(node --version 2>/dev/null || true)
  major=${node#v}
  major=${major%%.*}
  if [ "${major:-0}" -lt 20 ] || lacks npm; then
    miss "Node.js 20 or later with npm${node:+ (on the PATH is $node)}: gitlab-ci-local runs on it. Debian 12 has 18: https://nodejs.org/en/download"
  elif [ -z "$(compgen -G "$cache/gitlab-ci-local-*")" ]; then
    plan "gitlab-ci-local, from npm into $cache"
  fi
fi
if uses 'DockerRegistry\|suite/registry"' && lacks docker-registry; then
  if lacks apt-get || lacks dpkg-deb; then
    miss "docker-registry, of Debian's package docker-registry: what is published is pushed there"
  elif [ ! -d "$cache/debian-docker-registry" ]; then
    plan "Debian's package docker-registry, unpacked into $cache"
  fi
fi

[ -z "$missing" ] || {
  echo "the suites ${suites[*]} need what is not there; install it first:$missing" >&2
  exit 2
}
[ -z "$planned" ] || echo "The suites ${suites[*]} install:$planned" >&2
[ ${#packages[@]} = 0 ] || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
} >&2
