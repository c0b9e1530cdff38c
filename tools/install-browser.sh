#!/usr/bin/env bash
# The tests look at the dashboard in a real Chromium. Installs the system's package where it may, and says what to do where not.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium >/dev/null
    exit 0
fi

cat >&2 <<'MESSAGE'
The tests need Chromium or Chrome, and this account may not install it. One of these does:
    sudo apt-get install chromium            Debian
    sudo apt-get install chromium-browser    Ubuntu
    sudo dnf install chromium                Fedora
    brew install --cask chromium             macOS
MESSAGE
exit 1
