#!/usr/bin/env bash
# Runs the tests: those that are asked for, or all of them. Those of stopping come first and alone, since they are about
# moments; the others follow in three parts side by side, since each waits a good part of its time. The parts take about
# the same.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

if (($#)); then
    exec "$python" -m pytest "$@"
fi

# First the sources themselves, whatever was compiled of them.
export SEEDWATCH_NATIVE=0
echo "Tests of stopping:"
"$python" -m pytest tests/e2e/test_stopping.py
failed=$?

# A shell starts what it runs beside itself with Ctrl-C switched off: no test that presses it is among these.
mining=(tests/miner tests/conformance --ignore=tests/miner/verify)
answers=(tests/miner/verify tests/analysis tests/api)
logs=$(mktemp -d)
"$python" -m pytest "${mining[@]}" >"$logs/mining" 2>&1 &
jobs=($!)
"$python" -m pytest "${answers[@]}" >"$logs/answers" 2>&1 &
jobs+=($!)
trap 'kill "${jobs[@]}" 2>/dev/null; rm -rf "$logs"' EXIT

echo "Tests of the whole program and of the commands; those of mining, and of what it answers, run beside them:"
rest=(tests/e2e --ignore=tests/e2e/test_stopping.py)
for path in tests/*/ tests/test_*.py; do
    case $path in
    tests/e2e/ | tests/miner/ | tests/analysis/ | tests/api/ | tests/conformance/ | tests/native/ | tests/support/ | tests/__pycache__/) ;;
    *) rest+=("$path") ;;
    esac
done
"$python" -m pytest "${rest[@]}" || failed=1
for job in "${jobs[@]}"; do
    wait "$job" || failed=1
done
cat "$logs/mining" "$logs/answers"

unset SEEDWATCH_NATIVE
cc=(${CC:-cc})
if command -v "${cc[0]}" >/dev/null; then
    echo "Tests of the analysis once more, with its evaluation compiled:"
    "$python" tools/native.py 2>"$logs/native" || { cat "$logs/native"; failed=1; }
    "$python" -c 'import analysis, sys; sys.exit(not analysis.native.USED)' || { echo "What was compiled is not used."; failed=1; }
    "$python" -m pytest tests/native tests/analysis || failed=1
else
    echo "Without a C compiler the compiled evaluation is not tested: install gcc."
fi
exit "$failed"
