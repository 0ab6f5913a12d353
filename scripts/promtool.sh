#!/usr/bin/env bash
# Prints where promtool is: on the PATH, or in .cache, to which it is taken out of Debian's package `prometheus`. Nothing is
# installed and nothing started. Ends with 1 and a reason where it cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

kept=.cache/promtool/promtool
if command -v promtool; then exit 0; fi
if [ -x "$kept" ]; then echo "$PWD/$kept"; exit 0; fi
for needed in apt-get dpkg-deb; do
  command -v "$needed" >/dev/null || { echo "promtool: not on the PATH, and there is no $needed to get it with" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() { (cd "$work" && timeout 60 apt-get -qq download prometheus >/dev/null 2>&1); }
# The lists of packages may be missing or old: then they are fetched once.
fetch || { timeout 60 apt-get -qq update >/dev/null 2>&1 && fetch; } || {
  echo "promtool: the package prometheus could not be fetched" >&2
  exit 1
}
dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb | tar -x -C "$work" ./usr/bin/promtool
mkdir -p "${kept%/*}"
# Moved in one step: whoever looks meanwhile sees all of it or nothing.
mv "$work/usr/bin/promtool" "$kept.new" && mv "$kept.new" "$kept"
echo "$PWD/$kept"
