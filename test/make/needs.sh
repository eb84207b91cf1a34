#!/bin/sh
# Ends with 2 and one message where a program is missing that make runs, before anything is built: programs.txt has them, and
# further lines of its form may follow as arguments. It is for sh, and calls no program: bash is among what may be missing.
set -euf
missing=

# look PROGRAM PACKAGE WHAT-FOR...
look() {
  ! command -v "$1" >/dev/null || return 0
  program=$1 package=$2
  shift 2
  missing="$missing
  $program, of Debian's package $package: $*"
}

while read -r line; do
  look $line
done <"${0%/*}/programs.txt"
for line; do
  look $line
done

[ -z "$missing" ] || {
  echo "make runs programs that are not on the PATH; install them first:$missing" >&2
  exit 2
}
