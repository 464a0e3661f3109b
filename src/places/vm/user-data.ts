/** User data of a disposable machine for bottles (cloud-init's cloud-config): a text and nothing else; no network is asked for it. */
import type { HostKey } from "./host-key.ts";
import { metadataScript, setupScript } from "./scripts.ts";
import { endService, endTimer, metadataService } from "./units.ts";

export interface UserDataOptions {
  /** Seconds until it powers itself off. */
  readonly seconds: number;
  readonly gvisor: boolean;
  /** The owner's, who alone may come in. */
  readonly publicKeys: readonly string[];
  readonly hostKey: HostKey;
}

/** Who the owner is there; in the group that may use Docker, and so as good as root. */
export const vmUser = "bottle";

/**
 * One connection carries many sessions. Forwarded is what the owner asks for there, and nothing back: sshd that forbids TCP forwards
 * no sockets of the machine either.
 */
const sshd = `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AllowUsers ${vmUser}
MaxStartups 100:30:200
MaxSessions 100
AllowStreamLocalForwarding yes
AllowTcpForwarding local
AllowAgentForwarding no
X11Forwarding no
PermitTunnel no
ClientAliveInterval 30
ClientAliveCountMax 4
`;

function daemonJson(gvisor: boolean): string {
  const config = {
    "log-driver": "local",
    "log-opts": { "max-size": "10m", "max-file": "3" },
    "live-restore": true,
    "userland-proxy": false,
    ...(gvisor && { runtimes: { runsc: { path: "/usr/bin/runsc" } } }),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

export function userData(options: UserDataOptions): string {
  const { seconds, gvisor, publicKeys, hostKey } = options;
  const systemd = "/etc/systemd/system/claude-bottle";
  const files: readonly [path: string, mode: string, content: string][] = [
    ["/etc/ssh/sshd_config.d/10-claude-bottle.conf", "0644", sshd],
    ["/etc/docker/daemon.json", "0644", daemonJson(gvisor)],
    [`${systemd}-end.service`, "0644", endService],
    [`${systemd}-end.timer`, "0644", endTimer(seconds)],
    [`${systemd}-metadata.service`, "0644", metadataService],
    ["/usr/local/sbin/claude-bottle-metadata", "0755", metadataScript],
    ["/usr/local/sbin/claude-bottle-setup", "0755", setupScript({ seconds, gvisor })],
  ];
  return [
    "#cloud-config",
    "# A disposable machine for bottles, of `bottle vm cloud-init`. It holds its host key: keep it as private as a key.",
    "groups: [docker]",
    "users:",
    `  - {name: ${vmUser}, groups: [docker], shell: /bin/sh, lock_passwd: true, ssh_authorized_keys: ${JSON.stringify(publicKeys)}}`,
    "disable_root: true",
    "ssh_pwauth: false",
    "ssh_deletekeys: true",
    "ssh_genkeytypes: []",
    "ssh_keys:",
    `  ed25519_public: ${JSON.stringify(hostKey.public)}`,
    "  ed25519_private: |",
    ...block(hostKey.private, 4),
    "write_files:",
    ...files.flatMap(([path, mode, content]) => [
      `  - path: ${path}`,
      `    permissions: "${mode}"`,
      "    content: |",
      ...block(content, 6),
    ]),
    "runcmd:",
    "  - [/usr/local/sbin/claude-bottle-setup]",
    "",
  ].join("\n");
}

/** Lines of a literal block (YAML 1.2, 8.1.2). */
function block(text: string, indent: number): readonly string[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => (line === "" ? "" : `${" ".repeat(indent)}${line}`));
}
