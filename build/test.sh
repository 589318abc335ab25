#!/usr/bin/env bash
# Runs the test suites, two at a time, and counts. Called by `./streamclips test`.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
# shellcheck source=build/results.sh
source "$root/build/results.sh"

# A suite that takes longer hangs.
suite_deadline_s=1200
# Suites that run at one time.
lanes=2

usage() {
  cat <<'EOF'
usage: ./streamclips test [--quick] [FILTER]

  --quick   leave out the tests that are marked slow
  FILTER    only the suites whose name contains the word, or else only the tests whose name does

Installs what is missing (with apt: ffmpeg, postgresql, nodejs, npm, openssh-server, zsh, fish, chromium, gcc), builds, runs every suite, prints a line a
suite and ends with `N passed, N failed, N skipped`. Exits with 1 if any failed, or none ran.
EOF
}

quick='' filter=''
for word in "$@"; do
  case "$word" in
    --quick) quick=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*)
      say "test has no option '$word'"
      usage >&2
      exit 2
      ;;
    *)
      [ -z "$filter" ] || {
        say "test takes one filter, not '$filter' and '$word'"
        exit 2
      }
      filter=$word
      ;;
  esac
done

suites=()
for project in "$root"/tests/*/StreamClips.*.Tests.csproj; do
  suite=$(basename "$(dirname "$project")")
  if [[ "${suite,,}" == *"${filter,,}"* ]]; then suites+=("$project"); fi
done
test_filter=${quick:+TestCategory!=Slow}
if [ ${#suites[@]} -eq 0 ]; then
  suites=("$root"/tests/*/StreamClips.*.Tests.csproj)
  test_filter="FullyQualifiedName~$filter${quick:+&TestCategory!=Slow}"
fi

need_dotnet
need_programs ffmpeg postgres node setsid sshd shells
if [ -z "$quick" ] && [[ " ${suites[*]} " == *"/Browser/"* ]]; then need_programs chromium; fi
[ -n "$quick$filter" ] || analyse
if ! (build_all); then
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi

# The tests that start workers start what users run.
if [ -z "$quick" ]; then
  need_programs linker
  build_native_worker
  if [ -z "${CLIP_WORKER:-}" ]; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
fi

results="$state/results"
rm -rf "$results"
mkdir -p "$results"

# run_suite PROJECT: runs a suite, prints its line (and its log where it failed), leaves its counts in NAME.counts and its failures in NAME.failures.
run_suite() {
  local project=$1 suite started=$SECONDS status=0 child trx failures='' total p f s
  suite=$(basename "$(dirname "$project")")
  trx="$results/$suite.trx"
  timeout --kill-after=10 "$suite_deadline_s" dotnet test "$project" -c Release --no-build --nologo -nodeReuse:false \
    --logger "trx;LogFileName=$suite.trx" --results-directory "$results" \
    ${test_filter:+--filter "$test_filter"} >"$results/$suite.log" 2>&1 </dev/null &
  child=$!
  trap 'kill "$child" 2>/dev/null || true' TERM
  wait "$child" || status=$?
  if [ ! -f "$trx" ]; then
    [ "$status" -ne 0 ] || return 0 # nothing in this suite matches the filter
    p=0 f=1 s=0
    [ "$status" -ne 124 ] || echo "suite $suite did not end within $suite_deadline_s s" >>"$results/$suite.log"
  else
    total=$(counter "$trx" total)
    failures=$(recap "$suite" "$trx")
    p=$(counter "$trx" passed) f=$(($(counter "$trx" failed) + $(counter "$trx" error) + $(counter "$trx" timeout) + $(counter "$trx" aborted)))
    s=$((total - p - f))
    # The runner itself failed, though no test did: a crash of the test host.
    [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
  fi
  # In one piece, as another suite may end at the same time.
  {
    flock 9
    printf '%-14s %4d passed, %d failed, %d skipped (%d s)\n' "$suite" "$p" "$f" "$s" $((SECONDS - started))
    if [ "$f" -gt 0 ]; then
      sed 's/^/    /' "$results/$suite.log" | tail -n 120
      [ -n "$failures" ] || failures="$suite: the suite itself"$'\n'"$(tail -n 10 "$results/$suite.log" | cut -c 1-300 | sed 's/^/    /')"
      echo "$failures" >"$results/$suite.failures"
    fi
    echo "$p $f $s" >"$results/$suite.counts"
  } 9>"$results/lock"
}

# Two at a time: most of a test is waiting. The long ones first, so that none of them is left over at the end.
first=() rest=()
for project in "${suites[@]}"; do
  case "$(basename "$(dirname "$project")")" in
    Browser | ClipWorker | ControlPlane | EndToEnd | NodeAgent) first+=("$project") ;;
    *) rest+=("$project") ;;
  esac
done
# What runs in the background does not hear Ctrl-C.
trap 'kill $(jobs -p) 2>/dev/null || true; wait; exit 130' INT TERM
running=0
for project in ${first[@]+"${first[@]}"} ${rest[@]+"${rest[@]}"}; do
  if [ "$running" -ge "$lanes" ]; then
    wait -n || true
    running=$((running - 1))
  fi
  run_suite "$project" &
  running=$((running + 1))
done
wait

passed=0 failed=0 skipped=0
for project in "${suites[@]}"; do
  suite=$(basename "$(dirname "$project")")
  [ -f "$results/$suite.counts" ] || continue
  read -r p f s <"$results/$suite.counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ ! -f "$results/$suite.failures" ] || cat "$results/$suite.failures" >>"$results/failures.txt"
done

if [ $((passed + failed)) -eq 0 ]; then
  say "no test ran: nothing matches '$filter'"
  failed=1
fi
# Once more at the end, as that is what is read of a long output.
if [ -f "$results/failures.txt" ]; then
  echo
  echo "What failed:"
  head -n 300 "$results/failures.txt"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
