# Sourced by what runs suites that take Docker: those that SUITE names, or all.

all_suites=$(grep -ls '^//go:build e2e' test/suite/*/*_test.go | cut -d/ -f3 | sort -u | paste -sd' ')
suites=(${SUITE:-$all_suites})
for suite in "${suites[@]}"; do
  case " $all_suites " in
    *" $suite "*) ;;
    *) echo "SUITE=$suite: takes no Docker, or is not there; those that do: $all_suites" >&2; exit 2 ;;
  esac
done
