/** The bottle as bubblewrap's arguments: namespaces, view of the system, mounts, environment. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { LaunchSpec, Mount } from "../../lifecycle/backend.ts";
import type { Breakable } from "./breaks.ts";
import { sharedEtc } from "./etc.ts";
import { inside } from "../inside.ts";
import { deviceView, procView, systemView } from "./system.ts";

/** All of bubblewrap(1), named one by one: `--unshare-all` would only try some of them. */
export function bottleNamespaces(open: Breakable | undefined): readonly string[] {
  const hostProcesses = open === "processes" || open === "ptrace";
  return [
    "--unshare-user",
    ...(open === "user-namespaces" ? [] : ["--disable-userns"]),
    "--unshare-ipc",
    ...(hostProcesses ? [] : ["--unshare-pid"]),
    ...(open === "network" ? [] : ["--unshare-net"]),
    "--unshare-uts",
    "--unshare-cgroup",
    ...(open === "capabilities" ? ["--cap-add", "ALL"] : []),
    "--uid",
    String(inside.uid),
    "--gid",
    String(inside.gid),
    "--hostname",
    inside.hostname,
    "--die-with-parent",
    // A session of its own: /dev/tty would be the user's terminal otherwise.
    "--new-session",
  ];
}

function environment(env: Readonly<Record<string, string>>): readonly string[] {
  return [
    "--clearenv",
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
  ];
}

function scratch(bytes: number): readonly string[] {
  return ["/tmp", "/var/tmp"].flatMap((path) => [
    "--perms",
    "1777",
    "--size",
    String(bytes),
    "--tmpfs",
    path,
  ]);
}

/** What a broken boundary lets in from the host, at its own path. */
export function brokenMounts(open: Breakable | undefined, spec: LaunchSpec): readonly Mount[] {
  const at = (path: string): readonly Mount[] => [{ source: path, target: path, mode: "ro" }];
  if (open === "home") return at(homedir());
  if (open === "control-socket") return at(dirname(spec.linkDir));
  return [];
}

/** `mounts` have their sources where the bottle's host uid reaches them; `files` are arguments for fresh files. */
export function bottleView(options: {
  readonly spec: LaunchSpec;
  readonly mounts: readonly Mount[];
  readonly files: readonly string[];
  readonly scratchBytes: number;
  readonly open: Breakable | undefined;
}): readonly string[] {
  const { spec, open, scratchBytes } = options;
  return [
    ...bottleNamespaces(open),
    ...environment(spec.helperEnv),
    ...systemView(),
    ...procView(open === "processes" || open === "ptrace"),
    ...deviceView(scratchBytes),
    ...scratch(scratchBytes),
    ...options.files,
    ...sharedEtc(),
    ...options.mounts.flatMap(({ source, target, mode }) => [
      mode === "rw" ? "--bind" : "--ro-bind",
      source,
      target,
    ]),
    ...(open === "root" ? [] : ["--remount-ro", "/"]),
    "--chdir",
    spec.workspaceTarget,
  ];
}

/** Whether the agent's login shell can be bash. */
export function hasBash(): boolean {
  return existsSync("/bin/bash");
}
