#!/usr/bin/env bash
# Makes sure the browser journeys have a Chromium. Does nothing where one is there already.
set -euo pipefail

if [ -n "${CHROMIUM:-}" ]; then
  if [ -x "$CHROMIUM" ]; then
    echo "Chromium: $CHROMIUM (from CHROMIUM)"
    exit 0
  fi
  echo "CHROMIUM is set to '$CHROMIUM', which cannot be run. Correct it, or unset it." >&2
  exit 2
fi

for name in chromium chromium-browser google-chrome; do
  if found="$(command -v "$name")"; then
    echo "Chromium: $found"
    exit 0
  fi
done

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo -n)
fi
if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
  echo "No Chromium found: installing Debian's package 'chromium' for the browser journeys."
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium
  echo "Chromium: $(command -v chromium)"
  exit 0
fi

echo "The browser journeys need Chromium, and it cannot be installed from here." >&2
echo "Install it (Debian: apt-get install chromium), or set CHROMIUM to the path of a Chrome or Chromium." >&2
exit 2
