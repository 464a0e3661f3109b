/** What of the host must not be seen, and where the bottle must not write. */
import { closeSync, constants, openSync, statSync, unlinkSync } from "node:fs";
import { attempt, isThat } from "./probe.ts";
import type { Probe } from "./probe.ts";

function hidden(name: string, target: string): Probe {
  return {
    name,
    run: (targets) => {
      const hiding = targets.hiddenPaths.find((candidate) => candidate.name === target);
      if (hiding === undefined) return "no target";
      return attempt(() => {
        const found = statSync(hiding.path, { bigint: true });
        const { identity } = hiding;
        const same = identity === null || isThat(found, identity, targets.ownKernel);
        return same ? "visible" : "another of that name";
      });
    },
  };
}

/** Makes a new file in `dir`, and takes it away again where that worked. */
function create(name: string, dir: string): Probe {
  return {
    name,
    run: () =>
      attempt(() => {
        const path = `${dir}/claude-bottle-probe-${process.pid}`;
        closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
        unlinkSync(path);
        return "written";
      }),
  };
}

/** Opens for writing and writes nothing: opening alone shows whether the kernel's settings are within reach. */
function openForWriting(name: string, path: string): Probe {
  return {
    name,
    run: () =>
      attempt(() => {
        const fd = openSync(path, constants.O_WRONLY);
        closeSync(fd);
        return "writable";
      }),
  };
}

export const fileProbes: readonly Probe[] = [
  hidden("host-home", "home"),
  hidden("host-record", "record"),
  hidden("control-socket", "control"),
  create("write-root", "/"),
  create("write-usr", "/usr"),
  create("write-etc", "/etc"),
  create("write-link", "/run/claude-bottle"),
  openForWriting("sysctl-core-pattern", "/proc/sys/kernel/core_pattern"),
  openForWriting("sysctl-drop-caches", "/proc/sys/vm/drop_caches"),
  openForWriting("sysctl-hostname", "/proc/sys/kernel/hostname"),
];
