#!/usr/bin/env bash
# Writes constraints.txt: every package that the program, its tests and its build pull in, at the newest version that
# pyproject.toml admits, as resolved by PYTHON (use the oldest one that the project supports).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip --quiet --disable-pip-version-check install --upgrade '.[dev,verify,native]' hatchling editables
{
    echo "# Written by \`make lock\`; every install in this project is held to it."
    # A build's own label (+cpu) is not a version that others can find.
    "$work/venv/bin/python" -m pip --disable-pip-version-check freeze --all --exclude seedwatch --exclude pip |
        sed 's/^\(torch==[0-9.]*\)+.*/\1/' | LC_ALL=C sort --ignore-case
} >"$work/constraints.txt"
mv "$work/constraints.txt" constraints.txt
