/** What a bottle of the host's own system takes from its /etc; nothing that tells about users or network. */
import { existsSync, readdirSync, readlinkSync } from "node:fs";

/** Parts of the host's /etc that hold no secret and that loaders, TLS libraries and `update-alternatives` links need. */
const shared = [
  "/etc/alternatives",
  "/etc/ca-certificates",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/pki/ca-trust/extracted",
  "/etc/pki/tls/certs",
  "/etc/protocols",
  "/etc/services",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
] as const;

/** Arguments of bubblewrap for what is taken from the host's /etc. */
export function sharedEtc(): readonly string[] {
  const args = [...shared, ...javaSecurity()]
    .filter((path) => existsSync(path))
    .flatMap((path) => ["--ro-bind", path, path]);
  return [...args, "--symlink", "/proc/self/mounts", "/etc/mtab", ...localtime()];
}

/** Debian keeps what every Java reads at its start beside its other configuration (java.security; no keys). */
function javaSecurity(): readonly string[] {
  return readdirSync("/etc")
    .filter((name) => /^java-\d+-openjdk$/.test(name))
    .map((name) => `/etc/${name}/security`);
}

/** The time zone is a link into /usr/share/zoneinfo; anything else is left out, and the bottle has UTC. */
function localtime(): readonly string[] {
  try {
    const target = readlinkSync("/etc/localtime").replace(/^\.\.\//, "/");
    return target.startsWith("/usr/share/zoneinfo/") ? ["--symlink", target, "/etc/localtime"] : [];
  } catch {
    return [];
  }
}
