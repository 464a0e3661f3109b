/** A fresh /etc: what programs need to run, and nothing that tells about the host's users or network. */
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { inside } from "./inside.ts";

/** Files made for the bottle, by path. Name lookups are refused at once: nothing listens on the bottle's port 53. */
export function freshFiles(hasBash: boolean): Readonly<Record<string, string>> {
  const shell = hasBash ? "/bin/bash" : "/bin/sh";
  return {
    "/etc/passwd": `root:x:0:0:root:/nonexistent:/bin/false\nagent:x:${inside.uid}:${inside.gid}:agent:${inside.home}:${shell}\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n`,
    "/etc/group": `root:x:0:\nagent:x:${inside.gid}:\nnogroup:x:65534:\n`,
    "/etc/hosts": `127.0.0.1 localhost ${inside.hostname}\n::1 localhost\n`,
    "/etc/hostname": `${inside.hostname}\n`,
    "/etc/nsswitch.conf":
      "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
  };
}

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
