/** The engine's sandbox as a command: what it needs and nothing else, and never this machine's root. */
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { BottleError } from "../../errors/error.ts";
import { inside } from "./protocol.ts";

export interface SandboxOptions {
  readonly program: string;
  /** The keeper's file, and the Node that runs us. */
  readonly keeper: string;
  readonly node: string;
  /** For verdicts it needs no network, and has none but its own loopback. */
  readonly network: boolean;
  /** Whom it runs as, where root starts it. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"] as const;
const rootFolders = ["bin", "sbin", "lib", "lib32", "lib64"] as const;
/** With a network it has to look up names and check certificates. */
const networkFiles = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ssl",
  "/etc/ca-certificates",
  "/etc/pki",
] as const;

/** A limit of 1 byte, not 0: with 0 the kernel still pipes a core to a program named in core_pattern (core(5)). */
const coreLimit = "--core=1:1";

export function sandboxCommand(options: SandboxOptions): readonly string[] {
  const { program, keeper, node, network, owner } = options;
  return [
    tool("prlimit"),
    coreLimit,
    "--",
    tool("bwrap"),
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(network ? [] : ["--unshare-net"]),
    ...(owner === undefined ? ["--unshare-user", "--uid", "1000", "--gid", "1000"] : asOwner),
    "--die-with-parent",
    "--new-session",
    "--clearenv",
    "--ro-bind",
    "/usr",
    "/usr",
    ...rootFolders.flatMap(rootFolder),
    // Made by bubblewrap itself, it would be root's alone.
    "--perms",
    "0755",
    "--dir",
    "/etc",
    ...(network ? networkFiles : [])
      .filter(existsSync)
      .flatMap((path) => ["--ro-bind", path, path]),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--perms",
    "0755",
    "--size",
    String(1024 * 1024),
    "--tmpfs",
    "/run",
    "--perms",
    owner === undefined ? "0700" : "1777",
    "--size",
    String(64 * 1024 * 1024),
    "--tmpfs",
    inside.scratch,
    "--ro-bind",
    node,
    inside.node,
    "--ro-bind",
    keeper,
    inside.keeper,
    "--ro-bind",
    program,
    inside.program,
    "--remount-ro",
    "/",
    "--chdir",
    "/",
    "--",
    ...(owner === undefined ? [] : dropTo(owner)),
    inside.node,
    inside.keeper,
  ];
}

/** Root's own: what may change the user stays until it is changed. */
const asOwner = [
  "--cap-drop",
  "ALL",
  "--cap-add",
  "CAP_SETUID",
  "--cap-add",
  "CAP_SETGID",
] as const;

function dropTo({ uid, gid }: { readonly uid: number; readonly gid: number }): readonly string[] {
  return [
    tool("setpriv"),
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    "--no-new-privs",
    "--inh-caps=-all",
    "--",
  ];
}

function rootFolder(name: string): readonly string[] {
  const path = `/${name}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) return ["--symlink", readlinkSync(path), path];
  return found?.isDirectory() === true ? ["--ro-bind", path, path] : [];
}

function tool(name: "bwrap" | "prlimit" | "setpriv"): string {
  const path = folders.map((folder) => `${folder}/${name}`).find(existsSync);
  if (path !== undefined) return path;
  throw new BottleError({
    code: "E_ENGINE_MISSING",
    what: `The program ${name} is missing, and an engine runs in a sandbox made with it.`,
    next: name === "bwrap" ? "Install bubblewrap." : "Install util-linux.",
  });
}
