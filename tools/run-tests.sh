#!/usr/bin/env bash
# Runs the tests: those that are asked for, or all of them. The whole program is tested first and alone, since it is
# about processes and their time; the rooms follow in two halves side by side, since each waits a good part of its time.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

if (($#)); then
    exec "$python" -m pytest "$@"
fi

echo "Tests of the whole program:"
"$python" -m pytest tests/e2e
whole=$?

# A shell starts what it runs beside itself with Ctrl-C switched off: the tests of stopping are not among these.
beside=(tests/analysis tests/api tests/conformance tests/miner/verify)
log=$(mktemp)
"$python" -m pytest "${beside[@]}" >"$log" 2>&1 &
job=$!
trap 'kill "$job" 2>/dev/null; rm -f "$log"' EXIT

echo "Tests of mining and of the commands; those of the analysis, of the service and of verification run beside them."
"$python" -m pytest tests --ignore=tests/e2e "${beside[@]/#/--ignore=}"
rooms=$?
wait "$job"
others=$?
echo "Tests of the analysis, of the service and of verification:"
cat "$log"
exit $((whole || rooms || others))
