/** What ssh is called with. The owner's configuration says how to get there; what a bottle's connection may be is said here. */
import type { SshAddress } from "../../manifest/formats/ssh-address.ts";

/** Seconds until a host must have answered; a jump host's way counts. */
const connecting = 15;
/** Seconds between two questions whether the other side is there, and how many may stay without an answer. */
const alive = { interval: 5, count: 3 } as const;

/** These win over the configuration (ssh_config(5): the first value obtained is used). */
const fixed: readonly string[] = [
  // Nobody is there to be asked, and no unknown host is taken for a known one.
  ...["BatchMode=yes", "StrictHostKeyChecking=yes", "NoHostAuthenticationForLocalhost=no"],
  ...["UpdateHostKeys=no"],
  ...[`ConnectTimeout=${connecting}`, `ServerAliveInterval=${alive.interval}`],
  ...[`ServerAliveCountMax=${alive.count}`, "TCPKeepAlive=yes"],
  // The other side gets nothing of this machine: no agent, no display, no port, no file, no variable.
  ...["ForwardAgent=no", "ForwardX11=no", "Tunnel=no", "ClearAllForwardings=yes"],
  ...["PermitLocalCommand=no", "RemoteCommand=none", "RequestTTY=no", "EscapeChar=none"],
  ...["ExitOnForwardFailure=yes", "StreamLocalBindUnlink=yes", "StreamLocalBindMask=0177"],
  // One connection, ours, which lives no longer than we do.
  ...["ControlMaster=yes", "ControlPersist=no", "LogLevel=INFO"],
  // Of OpenSSH 8.7; older ones have no such thing to switch off.
  ...["IgnoreUnknown=ForkAfterAuthentication,SessionType,StdinNull", "ForkAfterAuthentication=no"],
  ...["SessionType=default", "StdinNull=no"],
];

/** The one connection, with a shell on the other side that reads what we say. */
export function masterArgv(to: SshAddress, control: string): readonly string[] {
  return [
    ...fixed.flatMap((option) => ["-o", option]),
    ...["-S", control, "-T"],
    ...(to.user === undefined ? [] : ["-l", to.user]),
    ...(to.port === undefined ? [] : ["-p", String(to.port)]),
    ...["--", to.host, "exec /bin/sh"],
  ];
}

/** Through that connection, or not at all: no configuration, and a way that leads nowhere. */
const through: readonly string[] = [
  "-F",
  "none",
  "-o",
  "ProxyCommand=false",
  "-o",
  "BatchMode=yes",
];

/** Has the connection carry a socket of the other side to one of this. */
export function forwardArgv(
  to: SshAddress,
  control: string,
  local: string,
  remote: string,
): readonly string[] {
  return [...through, "-S", control, "-O", "forward", "-L", `${local}:${remote}`, "--", to.host];
}

/** A command on the other side, its standard streams ours. */
export function commandArgv(to: SshAddress, control: string, command: string): readonly string[] {
  return [...through, "-S", control, "-T", "-e", "none", "--", to.host, command];
}

/** What the owner's ssh finds its keys, its agent and its jump hosts' programs by. Nothing else: what is in ours may be secret. */
export const sshVariables: readonly string[] = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "SSH_AUTH_SOCK", "KRB5CCNAME"],
  ...["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TZ"],
  ...["AWS_PROFILE", "AWS_REGION", "AWS_CONFIG_FILE", "CLOUDSDK_CONFIG"],
];

export function sshEnv(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const found = sshVariables.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // Its words are read, and must be the ones that are known.
  return { ...Object.fromEntries(found), LC_ALL: "C" };
}
