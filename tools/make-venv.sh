#!/usr/bin/env bash
# make-venv.sh PYTHON FOLDER: a fresh virtual environment, or one line that says what is missing.
set -euo pipefail
python=$1 folder=$2

fail() {
    echo "make: $*" >&2
    exit 1
}

command -v git >/dev/null || fail "git is needed. Install it with your system's package manager."
command -v "$python" >/dev/null || fail "$python was not found. Name a Python 3.11 or newer: make PYTHON=/path/to/python3 ..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old, 3.11 or newer is needed: make PYTHON=/path/to/python3 ..."
rm -rf "$folder"
"$python" -m venv "$folder" ||
    fail "$python could not make a virtual environment (on Debian and Ubuntu: apt-get install python3-venv)."
