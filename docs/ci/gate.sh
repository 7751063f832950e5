#!/bin/sh
# The gate of a CI run: holds the trace log of this run against those of the last runs of the main branch.
#
#   gate.sh [--main] LOG BASES [OPTION OF tracerank check]...
#
# LOG     the log that the benchmark of this run wrote, or a directory of logs
# BASES   a directory of summaries, which CI keeps from run to run
# --main  this is a run of the main branch: it becomes a base, and the oldest one goes
#
# Prints the answer, and writes it to check.xml (JUnit) and check.md (Markdown) in $OUT (by default here). $KEEP says how many bases are kept (by default 3).
# Ends as tracerank check does: 0 passed, 1 slower, 2 could not be done, 3 too little data; $TOO_LITTLE=pass makes 3 a 0.
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
  '' | *[!0-9]* | 0) echo "gate.sh: KEEP=$keep: how many bases are kept is a number from 1 on" >&2; exit 2 ;;
esac

# A summary stands for its log, and takes a thousandth of the room. With a dot in front it is no base yet.
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
# On GitHub, what was found also becomes annotations of the run.
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

# What got slower on the main branch is there to stay, and the next runs are held against it, too.
# A run with too little data is none that tells anything.
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
