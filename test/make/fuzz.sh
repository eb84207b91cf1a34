#!/usr/bin/env bash
# Feeds files that are made up to what reads them: each of FUZZ, for FUZZTIME.
set -euo pipefail
mkdir -p .build

# fuzz PACKAGE TARGET: where time is up while Go's fuzzer is at work, it may say so as if it were a failure
# (https://go.dev/issue/75804): a finding is what it has written a file for.
fuzz() {
  local said=.build/fuzz-$2.txt
  (set -x; go test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 2s "./$1") 2>&1 | tee "$said" ||
    { grep -q 'context deadline exceeded' "$said" && ! grep -q 'Failing input written' "$said"; }
}

for what in $FUZZ; do
  case $what in
    values) fuzz test/valuesfile FuzzParse ;;
    templates) fuzz test/render FuzzTemplates ;;
    *) echo "FUZZ=$what: there are: values templates" >&2; exit 2 ;;
  esac
done
