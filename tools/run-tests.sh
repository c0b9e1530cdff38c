#!/usr/bin/env bash
# Runs the tests: those that are asked for, or all of them, in two halves side by side, since each waits half of its time.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

if (($#)); then
    exec "$python" -m pytest "$@"
fi

# A shell starts what it runs beside itself with Ctrl-C switched off: the tests of stopping are in the half that is not.
rooms_beside=(tests/analysis tests/api tests/conformance)
log=$(mktemp)
"$python" -m pytest "${rooms_beside[@]}" >"$log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; rm -f "$log"' EXIT

echo "Tests of the program, of mining and of the whole; those of the analysis and the service run beside them."
"$python" -m pytest tests "${rooms_beside[@]/#/--ignore=}"
whole=$?
wait "$beside"
rooms=$?
echo "Tests of the analysis and the service:"
cat "$log"
exit $((whole || rooms))
