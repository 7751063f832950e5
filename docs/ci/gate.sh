#!/bin/sh
# The gate of a CI run: compares the trace log of this run with those of the last runs of the main branch.
#
#   gate.sh [--main] LOG BASES [OPTION OF tracerank check]...
#
# LOG     the log that the benchmark of this run wrote, or a directory of logs
# BASES   a directory of summaries, which CI keeps from run to run
# --main  this is a run of the main branch: it becomes a base, and the oldest base is removed
#
# Prints the answer, and writes it to check.xml (JUnit) and check.md (Markdown) in $OUT (by default here).
# $KEEP is the number of bases to keep (by default 3).
# Exits as tracerank check does: 0 passed, 1 slower, 2 failure, 3 too little data. $TOO_LITTLE=pass turns 3 into 0.
set -eu

keep=${KEEP:-3}
out=${OUT:-.}
main=false
if [ "${1-}" = --main ]; then
  main=true
  shift
fi
if [ $# -lt 2 ]; then
  echo "usage: gate.sh [--main] LOG BASES [OPTION]..." >&2
  exit 2
fi
log=$1 bases=$2
shift 2
case $keep in
  '' | *[!0-9]* | 0) echo "gate.sh: KEEP=$keep: the number of bases to keep is at least 1" >&2; exit 2 ;;
esac

# A summary takes the place of its log, and a thousandth of the room. Its name begins with a dot until it is a base.
mkdir -p -- "$bases" "$out" || exit 2
rm -f -- "$out/check.xml" "$out/check.md" || exit 2
new=$bases/.new-$$.trk
trap 'rm -f -- "$new"' EXIT
tracerank summarize "$log" -o "$new" || exit 2

has_budget=false
for option; do
  case $option in --budget | --budget=*) has_budget=true ;; esac
done
set -- --export "junit=$out/check.xml" --export "markdown=$out/check.md" "$@"
# On GitHub, findings also become annotations of the run.
[ "${GITHUB_ACTIONS-}" != true ] || set -- --export github=/dev/stdout "$@"

code=0
has_bases=false
for base in "$bases"/*.trk; do
  [ -e "$base" ] || continue
  has_bases=true
  set -- "$@" "$base"
done
if $has_bases || $has_budget; then
  tracerank check "$@" "$new" || code=$?
else
  echo "PASS: there is no base yet"
fi

# A slower run of the main branch becomes a base, too: the next runs are compared with it.
# A run with too little data does not.
if $main && { [ "$code" = 0 ] || [ "$code" = 1 ]; }; then
  mv -- "$new" "$bases/$(date -u +%Y%m%dT%H%M%S.%N).trk" || exit 2
  set -- "$bases"/*.trk
  while [ $# -gt "$keep" ]; do
    rm -- "$1" || exit 2
    shift
  done
fi

if [ "$code" = 3 ] && [ "${TOO_LITTLE-}" = pass ]; then code=0; fi
exit "$code"
