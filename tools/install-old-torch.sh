#!/usr/bin/env bash
# install-old-torch.sh PYTHON FOLDER: Python 3.9 with PyTorch 1.8.1, the last release that left NumPy unseeded in workers,
# run by FOLDER/python. PYTHON's pip fetches the one, Debian 11's packages are the other; both are unpacked into FOLDER
# and touch nothing else.
set -euo pipefail
python=$1 folder=$2

fail() {
    echo "make: $*; with an interpreter of your own: make test-old-torch OLD_PYTHON=/path/to/python" >&2
    exit 1
}

[ ! -x "$folder/python" ] || exit 0
[ "$(uname -sm)" = "Linux x86_64" ] || fail "PyTorch 1.8.1 is installed on Linux x86-64 alone"
command -v apt-get >/dev/null || fail "Python 3.9 is taken from Debian's packages, and there is no apt-get"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | awk '!/security/ && !seen++')
[ -n "$mirror" ] && [ -r "$keys" ] || fail "no mirror of Debian is known here (apt-get update)"

echo "Installing PyTorch 1.8.1 (804 MB) and Python 3.9 into $folder ..."
work=$folder.part
rm -rf "$work" "$folder"
mkdir -p "$work/files" "$work/lists/partial" "$work/cache/archives/partial"
work=$(cd "$work" && pwd)
echo "deb [signed-by=$keys] $mirror bullseye main" >"$work/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=)
"${apt[@]}" update
(cd "$work/cache" && "${apt[@]}" download python3.9-minimal libpython3.9-minimal libpython3.9-stdlib libssl1.1 libffi7 libmpdec3 >/dev/null)
for package in "$work"/cache/*.deb; do
    dpkg-deb --extract "$package" "$work/files"
done
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --ignore-requires-python \
    --python-version 3.9 --implementation cp --platform manylinux1_x86_64 --platform manylinux2014_x86_64 \
    --target "$work/files/usr/lib/python3/dist-packages" \
    torch==1.8.1 numpy==1.21.6 scipy==1.7.3 typing_extensions==4.12.2
rm -rf "$work/lists" "$work/cache" "$work/sources.list"
cat >"$work/python" <<'RUN'
#!/bin/sh
files=$(cd "$(dirname "$0")" && pwd)/files
export PYTHONHOME="$files/usr" LD_LIBRARY_PATH="$files/usr/lib/x86_64-linux-gnu:$files/lib/x86_64-linux-gnu"
exec "$files/usr/bin/python3.9" "$@"
RUN
chmod +x "$work/python"
"$work/python" -c 'import torch; assert torch.__version__.startswith("1.8.1")'
mv "$work" "$folder"
