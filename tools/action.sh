#!/usr/bin/env bash
# The GitHub Action's check: annotations on standard output, SARIF in a file, a table in the summary of the run.
# Takes the seedwatch to run; CHECKED, BASELINE, SARIF and FAIL are the action's inputs.
set -uo pipefail
seedwatch=$1
given=(--root . "$CHECKED")
if [ -n "$BASELINE" ]; then given+=(--baseline "$BASELINE"); fi

"$seedwatch" check "${given[@]}" --format github
status=$?
if [ "$status" -gt 1 ]; then exit "$status"; fi
"$seedwatch" check "${given[@]}" --format sarif > "$SARIF"
"$seedwatch" check "${given[@]}" --format markdown >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
if [ "$status" -eq 1 ]; then found=true; else found=false; fi
echo "found=$found" >> "${GITHUB_OUTPUT:-/dev/null}"
if [ "$FAIL" = false ]; then exit 0; fi
exit "$status"
