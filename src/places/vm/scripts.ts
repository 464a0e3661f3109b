/** The two programs of such a machine, in POSIX sh. */

/**
 * What is forwarded to link-local addresses is dropped before any rule of Docker's: metadata, with the user data and its host key
 * in it, is for the machine alone. Names may be asked for: on GCE the resolver has the same address.
 */
export const metadataScript: string = `#!/bin/sh
# No container reaches the metadata of the cloud: 169.254.169.254 and its like.
set -eu
block() {
  tool=$1
  shift
  "$tool" -w -t mangle -N CLAUDE-BOTTLE 2>/dev/null || "$tool" -w -t mangle -F CLAUDE-BOTTLE
  "$tool" -w -t mangle -A CLAUDE-BOTTLE -p udp --dport 53 -j RETURN
  "$tool" -w -t mangle -A CLAUDE-BOTTLE -p tcp --dport 53 -j RETURN
  "$tool" -w -t mangle -A CLAUDE-BOTTLE -j DROP
  for to; do
    "$tool" -w -t mangle -C FORWARD -d "$to" -j CLAUDE-BOTTLE 2>/dev/null ||
      "$tool" -w -t mangle -I FORWARD -d "$to" -j CLAUDE-BOTTLE
  done
}
block iptables 169.254.0.0/16
[ ! -s /proc/net/if_inet6 ] || block ip6tables fd00:ec2::/32 fd20:ce::/32
`;

/** Everything that is left to do once the files are there; how far it came can be read in /var/lib/claude-bottle. */
export function setupScript(options: {
  readonly seconds: number;
  readonly gvisor: boolean;
}): string {
  return `#!/bin/sh
# Makes this machine a place for bottles. Runs once, as root.
set -eu
state=/var/lib/claude-bottle
mkdir -p "$state"
: >"$state/setting-up"
trap '[ -e "$state/ready" ] || mv "$state/setting-up" "$state/failed"' EXIT

# The end, whatever becomes of the rest: at this moment, also after a reboot.
end=$(date -u -d "@$(($(date +%s) + ${options.seconds}))" "+%Y-%m-%d %H:%M:%S UTC")
mkdir -p /etc/systemd/system/claude-bottle-end.timer.d
printf "[Timer]\\nOnCalendar=%s\\nPersistent=true\\n" "$end" >/etc/systemd/system/claude-bottle-end.timer.d/moment.conf
systemctl daemon-reload
systemctl enable --now claude-bottle-end.timer

export DEBIAN_FRONTEND=noninteractive
get() { apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }
get update
get install --no-install-recommends iptables ca-certificates curl
# Before Docker, which does not start without it.
systemctl enable --now claude-bottle-metadata.service
get install --no-install-recommends docker.io
${options.gvisor ? gvisorLines : ""}systemctl restart docker
systemctl reload ssh || systemctl reload sshd

tries=0
until docker version >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || exit 1
  sleep 1
done
mv "$state/setting-up" "$state/ready"
`;
}

/** gVisor's own packages (gvisor.dev/docs/user_guide/install): a release is several files beside each other. */
const gvisorLines = `
curl -fsSL --proto "=https" --retry 5 https://gvisor.dev/archive.key >/usr/share/keyrings/gvisor.asc
echo "deb [arch=$(dpkg --print-architecture) signed-by=/usr/share/keyrings/gvisor.asc] https://storage.googleapis.com/gvisor/releases release main" >/etc/apt/sources.list.d/gvisor.list
get update
get install --no-install-recommends runsc
`;
