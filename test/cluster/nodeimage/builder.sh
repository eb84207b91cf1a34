# Sourced by build.sh: images that Dockerfiles start from, where their own cannot be pulled.

# builder_image FOLDER: prints the name of an image with this machine's Go and the modules of the service in FOLDER,
# made once: a build in it asks no network.
builder_image() {
  local folder=$1 key name work archive goroot
  key=$( (go version; cat "$folder/go.mod" "$folder/go.sum" "$here/builder.sh" "$here/rootfs.sh") | sha256sum | cut -c1-16)
  name=local/golang:$key
  if ! docker image inspect "$name" >/dev/null 2>&1; then
    archive=$(rootfs builder ca-certificates)
    log "making the builder image $name"
    work=$(mktemp -d "$cache/work.XXXXXX")
    tar -C "$work" --numeric-owner -xf "$archive"
    goroot=$(go env GOROOT)
    mkdir -p "$work/usr/local/go" "$work/src"
    cp -rLt "$work/usr/local/go" "$goroot"/{bin,pkg,src,lib,go.env,VERSION}
    # Out of this machine's own cache, where it is in there.
    GOMODCACHE=$work/go GOFLAGS=-modcacherw GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" \
      go -C "$folder" mod download >&2
    mv "$work/go/cache/download" "$work/modules"
    rm -rf "$work/go"
    tar -C "$work" --numeric-owner --owner=0 --group=0 -c . \
      | docker import -c 'ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
          -c 'ENV GOTOOLCHAIN=local' -c 'ENV GOPROXY=file:///modules' -c 'ENV GOSUMDB=off' - "$name" >/dev/null
    rm -rf "$work"
  fi
  echo "$name"
}

# job_base_image: prints the name of an image that is Debian with what ci/image/Dockerfile installs, so that it need not ask
# Debian, and with rsync, by which gitlab-ci-local copies artifacts out of a job.
job_base_image() {
  local archive name
  archive=$(rootfs job ca-certificates git docker.io rsync)
  name=local/job-base:$(basename "$archive" .tar)
  if ! docker image inspect "$name" >/dev/null 2>&1; then
    log "making the job image's base $name"
    docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$archive" "$name" >/dev/null
  fi
  echo "$name"
}
