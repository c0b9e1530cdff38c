#!/usr/bin/env bash
# Runs the tests: those that are asked for, or all of them. The whole program is tested first and alone, since it is
# about processes and their time; the rooms follow in three parts side by side, since each waits a good part of its time.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

if (($#)); then
    exec "$python" -m pytest "$@"
fi

echo "Tests of the whole program:"
"$python" -m pytest tests/e2e
failed=$?

# A shell starts what it runs beside itself with Ctrl-C switched off: the tests of stopping are not among these.
mining=(tests/miner --ignore=tests/miner/verify)
answers=(tests/analysis tests/api tests/conformance)
logs=$(mktemp -d)
"$python" -m pytest "${mining[@]}" >"$logs/mining" 2>&1 &
jobs=($!)
"$python" -m pytest "${answers[@]}" >"$logs/answers" 2>&1 &
jobs+=($!)
trap 'kill "${jobs[@]}" 2>/dev/null; rm -rf "$logs"' EXIT

echo "Tests of the commands and of verification; those of mining, and of the analysis and the service, run beside them:"
rest=()
for path in tests/*/ tests/test_*.py; do
    case $path in
    tests/e2e/ | tests/miner/ | tests/analysis/ | tests/api/ | tests/conformance/ | tests/support/ | tests/__pycache__/) ;;
    *) rest+=("$path") ;;
    esac
done
"$python" -m pytest "${rest[@]}" tests/miner/verify || failed=1
for job in "${jobs[@]}"; do
    wait "$job" || failed=1
done
cat "$logs/mining" "$logs/answers"
exit "$failed"
