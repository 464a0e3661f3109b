#!/bin/sh
# Runs once, as root, in the build of the gateway's image: a root of its own in which there are a Node and nft, and nothing to do
# without.
set -eu
export DEBIAN_FRONTEND=noninteractive
here=/claude-bottle
root=$here/root

# A base that has it needs no network.
if ! command -v node >/dev/null || ! command -v nft >/dev/null; then
  [ ! -s "$here/extra-ca.pem" ] || set -- -o "Acquire::https::CAInfo=$here/extra-ca.pem"
  apt-get -q "$@" update
  apt-get -q -y "$@" install --no-install-recommends $(cat "$here/packages")
fi

mkdir -p "$root"
# Where Debian has them: it keeps parts of Node in files of their own.
for path in /usr/bin/node /usr/sbin/nft $(ldd /usr/bin/node /usr/sbin/nft | grep -v ':$' | grep -o '/[^ ]*'); do
  mkdir -p "$root$(dirname "$path")"
  cp -L "$path" "$root$path"
done
[ ! -d /usr/share/nodejs ] || { mkdir -p "$root/usr/share" && cp -RL /usr/share/nodejs "$root/usr/share/"; }
rm -rf "$root/usr/share/nodejs/npm" "$root/usr/share/nodejs/corepack"
mkdir -p "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/opt/claude-bottle"
printf 'gateway:x:65532:65532::/:/\n' >"$root/etc/passwd"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

# The oldest that the gateway runs on is 20.19.
chroot "$root" /usr/bin/node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  { echo "the Node of this base is older than 20.19" >&2; exit 1; }
