/** Both ends of ssh: the owner's home with a key and the machine's pinned host key, and the machine's own files. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const vmAddress = "10.77.0.2";

export interface OwnerHome {
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
}

/** The owner's way over the wire. */
export interface OwnerWay {
  /** The wire's program, and a process in the network that it begins in. */
  readonly wire: string;
  readonly laptop: number;
  /** Where the owner is seen to come from. */
  readonly address: string;
  /** ssh asks every second whether the other side is there, and takes a few for an answer: a cut is noticed soon. Else as ours. */
  readonly hasty: boolean;
}

/** The machine's own key, and the key of whoever may come in. */
export function makeKeys(dir: string): void {
  mkdirSync(join(dir, "etc/ssh"), { recursive: true });
  keygen(join(dir, "etc/ssh/host"));
  keygen(join(dir, "id"));
}

/**
 * ssh reads the home of the password file, not HOME: a wrapper on PATH names the configuration, and is otherwise the real one.
 * `vm` there is the machine's address, dialled from the other end of the wire. `dir` has the keys.
 */
export function makeHome(dir: string, name: string, way: OwnerWay): OwnerHome {
  const home = join(dir, name);
  const ssh = join(home, ".ssh");
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  mkdirSync(join(home, "bin"));
  for (const end of ["", ".pub"]) cpSync(join(dir, `id${end}`), join(ssh, `id${end}`));
  writeFileSync(join(ssh, "known_hosts"), `${vmAddress} ${publicKey(join(dir, "etc/ssh/host"))}\n`);
  writeFileSync(join(ssh, "config"), configOf(ssh, way));
  const wrapper = join(home, "bin/ssh");
  // What comes first wins.
  const soon = way.hasty ? " -o ServerAliveInterval=1 -o ServerAliveCountMax=4" : "";
  writeFileSync(wrapper, `#!/bin/sh\nexec /usr/bin/ssh -F '${ssh}/config'${soon} "$@"\n`);
  chmodSync(wrapper, 0o755);
  const path = `${home}/bin:${process.env["PATH"] ?? ""}`;
  return { home, env: { HOME: home, PATH: path } };
}

function configOf(ssh: string, { wire, laptop, address, hasty }: OwnerWay): string {
  return [
    "Host vm",
    `  HostName ${vmAddress}`,
    `  IdentityFile ${ssh}/id`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile ${ssh}/known_hosts`,
    "  GlobalKnownHostsFile none",
    // ssh's own bound on connecting is not one on a ProxyCommand's (sshconnect.c, ssh_proxy_fdpass_connect).
    `  ProxyCommand ${wire} dial ${laptop} %h %p ${address} ${hasty ? 4 : 15}`,
    "  ProxyUseFdpass yes",
    "",
  ].join("\n");
}

/** `first`: lines for sshd that win over ours. The user `me` may use the daemon; nobody may do anything else. */
export function vmFiles(dir: string, first: readonly string[]): void {
  const etc = join(dir, "etc");
  mkdirSync(join(etc, "ssh/authorized"), { recursive: true });
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(etc, name), `${lines.join("\n")}\n`);
  write("passwd", [
    "root:x:0:0:root:/root:/bin/sh",
    "sshd:x:101:65534::/run/sshd:/usr/sbin/nologin",
    "me:x:1000:1000::/home/me:/bin/sh",
    "other:x:1001:1001::/home/me:/bin/sh",
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
  ]);
  write("group", [
    "root:x:0:",
    "docker:x:998:me",
    "me:x:1000:",
    "other:x:1001:",
    "nogroup:x:65534:",
  ]);
  write("hostname", ["vm"]);
  write("hosts", ["127.0.0.1 localhost vm"]);
  write("resolv.conf", []);
  const key = readFileSync(join(dir, "id.pub"), "utf8").trim();
  for (const user of ["me", "other"]) write(`ssh/authorized/${user}`, [key]);
  write("ssh/sshd_config", [
    ...first,
    `ListenAddress ${vmAddress}`,
    "HostKey /etc/ssh/host",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin no",
    "AuthorizedKeysFile /etc/ssh/authorized/%u",
    "UsePAM no",
    "PidFile none",
    "LogLevel VERBOSE",
  ]);
  // What libraries are found by, where this machine has more than the usual places.
  if (existsSync("/etc/ld.so.conf.d"))
    cpSync("/etc/ld.so.conf.d", join(etc, "ld.so.conf.d"), { recursive: true });
}

export function keygen(file: string): void {
  if (existsSync(file)) return;
  const { status, stderr } = spawnSync(
    "ssh-keygen",
    ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`ssh-keygen: ${stderr}`);
}

/** Its kind and value, without a comment. */
export function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, "utf8").trim().split(" ").slice(0, 2).join(" ");
}
