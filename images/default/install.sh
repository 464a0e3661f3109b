#!/bin/sh
# Runs once, as root, in the build of the default image: installs `packages`, and leaves nothing that a bottle has no use for.
set -eu
export DEBIAN_FRONTEND=noninteractive
here=/claude-bottle

missing=
while read -r package; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done <"$here/packages"

# A base that has everything needs no network.
if [ -n "$missing" ]; then
  [ ! -s "$here/extra-ca.pem" ] || set -- -o "Acquire::https::CAInfo=$here/extra-ca.pem"
  apt-get -q "$@" update
  # Unquoted: one word a package.
  apt-get -q -y "$@" install --no-install-recommends $missing
fi

# The helper is run by it: the oldest that it runs on is 20.19.
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  { echo "the Node of this base is older than 20.19" >&2; exit 1; }

mkdir -p /opt/claude-bottle /work /home/agent
ln -sf /usr/bin/node /opt/claude-bottle/node
# Nobody is root in a bottle.
rm -rf /root
rm -rf /var/cache/apt /var/lib/apt/lists /var/log/* /usr/share/doc /usr/share/man /usr/share/info "$here"
# No program that runs as somebody else.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
# Nobody needs what is Debian's other users'; and a daemon that gives its containers a user namespace fails to copy it from the stage.
find / -xdev -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o ! -type l \( ! -user 0 -o ! -group 0 \) -exec chown -h 0:0 {} +
