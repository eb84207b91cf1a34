# Sourced by build.sh: every program in the node, compiled from Go modules. What is built stays in $bin as NAME-VERSION.

# Static, as most run in images that hold nothing else.
export CGO_ENABLED=0

# required MODULE: the version that this repository's go.mod requires.
required() { (cd "$repository" && go list -m -f '{{.Version}}' "$1"); }

# module_dir MODULE@VERSION: the folder that the module is unpacked in.
module_dir() { (cd / && go mod download -json "$1" | jq -r .Dir); }

# compile LOG COMMAND...: runs a build, which shows the end of what it said if it fails.
compile() {
  local file=$1
  shift
  "$@" >"$file" 2>&1 || { tail -20 "$file" >&2; die "a build failed, all it said is in $file"; }
}

# build NAME VERSION MODULE PACKAGE [FLAGS...]: one program from a module, in a throwaway module of our own so that
# MODULE's replace directives don't matter. Where there is a NAME.go beside this file, that is the program.
build() {
  local name=$1 version=$2 module=$3 package=$4 out=$bin/$1-$2 dir
  shift 4
  [ -x "$out" ] && return
  log "building $name $version"
  dir=$(mktemp -d "$cache/build.XXXXXX")
  (
    cd "$dir"
    compile log go mod init local/build
    compile log go mod edit -require "$module@$version"
    [ ! -f "$here/$name.go" ] || cp "$here/$name.go" main.go
    compile log go build -mod=mod "$@" -o "$out.tmp" "$package"
  )
  mv "$out.tmp" "$out"
  rm -rf "$dir"
}

# build_required VERSION PACKAGE...: programs from the modules that this repository's go.mod requires, so that what is
# compiled for the embedded control plane is not compiled again.
build_required() {
  local version=$1 package missing=() dir ld="-s -w" minor
  shift
  for package; do [ -x "$bin/$(program "$package")-$version" ] || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] && return
  minor=${version#v*.}
  ld+=" -X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=1"
  ld+=" -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
  # Copies, which get what only these programs import: its checksums, and Kubernetes' own libraries in the version that
  # belongs to it.
  dir=$(mktemp -d "$cache/build.XXXXXX")
  cp "$repository"/go.{mod,sum} "$dir/"
  for package in $(awk '/=> \.\/staging/ {sub("^replace ", ""); print $1}' "$(module_dir "k8s.io/kubernetes@$kubernetes")/go.mod"); do
    go mod edit -require="$package@v0${kubernetes#v1}" "$dir/go.mod"
  done
  for package in "${missing[@]}"; do
    log "building $(program "$package") $version"
    compile "$dir/log" go -C "$repository" build -modfile="$dir/go.mod" -mod=mod -ldflags "$ld" -o "$dir/program" "$package"
    mv "$dir/program" "$bin/$(program "$package")-$version"
  done
  rm -rf "$dir"
}

# program PACKAGE: what the program of a package is called.
program() { case $1 in *etcd/server/*) echo etcd ;; *) basename "$1" ;; esac; }

# build_traefik: Traefik, whole but for ACME. Its go.mod names a folder that is no part of the module's archive, and two
# modules that not every proxy hands out: the ACME library, which acme.go makes superfluous, and a fork of http-auth,
# in whose place the original will do.
build_traefik() {
  local out=$bin/traefik-$traefik_version src dir
  [ -x "$out" ] && return
  log "building traefik $traefik_version"
  src=$(module_dir "github.com/traefik/traefik/v3@$traefik_version")
  dir=$(mktemp -d "$cache/build.XXXXXX")
  mkdir -p "$dir"/traefik/webui "$dir"/ext "$dir"/lego/{log,challenge/{dns01,tlsalpn01}}
  cp -r --no-preserve=mode "$src"/{cmd,pkg,go.mod,go.sum} "$dir/traefik/"
  cp -r --no-preserve=mode "$src"/webui/{embed.go,static} "$dir/traefik/webui/"
  rm -r "$dir/traefik/pkg/provider/acme"/*
  sed -i 's/RequireAuthStale/RequireAuth/' "$dir/traefik/pkg/middlewares/auth/digest_auth.go"
  grep -v '^//go:build ignore' "$here/acme.go" >"$dir/traefik/pkg/provider/acme/acme.go"
  printf 'module %s\ngo 1.24\n' github.com/traefik/traefik/dynamic/ext >"$dir/ext/go.mod"
  printf 'package ext\n\ntype HTTP struct{}\ntype Router struct{}\n' >"$dir/ext/ext.go"
  printf 'module %s\ngo 1.24\n' github.com/go-acme/lego/v5 >"$dir/lego/go.mod"
  printf 'package challenge\n\ntype Provider any\n' >"$dir/lego/challenge/challenge.go"
  printf 'package tlsalpn01\n\nconst ACMETLS1Protocol = "acme-tls/1"\n' >"$dir/lego/challenge/tlsalpn01/tlsalpn01.go"
  printf 'package dns01\n\nimport "strings"\n\nfunc UnFqdn(s string) string { return strings.TrimSuffix(s, ".") }\n' \
    >"$dir/lego/challenge/dns01/dns01.go"
  printf 'package log\n\nimport "log/slog"\n\nfunc SetDefault(*slog.Logger) {}\n' >"$dir/lego/log/log.go"
  (
    cd "$dir/traefik"
    compile ../log go mod edit -droprequire=github.com/go-acme/lego/v4 \
      -replace=github.com/go-acme/lego/v5=../lego -replace=github.com/traefik/traefik/dynamic/ext=../ext \
      -dropreplace=github.com/abbot/go-http-auth -require=github.com/abbot/go-http-auth@v0.4.1-0.20220112235402-e1cee1c72f2f
    compile ../log go build -mod=mod -o "$out.tmp" \
      -ldflags "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=${traefik_version#v}" ./cmd/traefik
  )
  mv "$out.tmp" "$out"
  rm -rf "$dir"
}
