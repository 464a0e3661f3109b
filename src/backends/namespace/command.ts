/** The whole command of one bottle and the descriptors it gets, from the spec; nothing is started here. */
import type { LaunchSpec, Mount } from "../../lifecycle/backend.ts";
import { BottleError } from "../../errors/error.ts";
import type { Breakable } from "./breaks.ts";
import { placeDescriptors } from "./descriptors.ts";
import { freshFiles } from "../fresh-files.ts";
import { inside } from "../inside.ts";
import { scratchBytes } from "../scratch.ts";
import type { Owner } from "../owner.ts";
import { namespaceCalls } from "./seccomp/rules.ts";
import { machineOf, seccompFilter } from "./seccomp/filter.ts";
import { refuseMissing, sourcesOf } from "../sources.ts";
import { stageMounts } from "./stage.ts";
import { findTool } from "./tools.ts";
import type { ToolName } from "./tools.ts";
import { bottleView, brokenMounts, hasBash } from "./view.ts";

export interface BottleCommand {
  readonly argv: readonly string[];
  /** Bytes that bubblewrap reads from a descriptor and closes, by that descriptor's number. */
  readonly data: ReadonlyMap<number, string | Buffer>;
}

export interface CommandOptions {
  readonly spec: LaunchSpec;
  readonly open: Breakable | undefined;
  readonly owner: Owner;
  readonly asRoot: boolean;
  readonly arch: string;
  /** The Node that runs us. */
  readonly node: string;
  readonly leaking: readonly number[];
}

/** The helper's control channel. */
export const controlFd = 3;

/**
 * Bytes: core dumps are off. The kernel treats 1 as "no dump" even where a program of the host receives them, and 0 not so
 * (core(5), fs/coredump.c): an agent must not feed that program. The filter keeps the limit as it is.
 */
const coreLimit = "--core=1:1";

/** Tests only: stand-ins, so that the broken boundary looks open and the host stays as it was. */
const writableSysctl = ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches"] as const;

export function bottleCommand(options: CommandOptions): BottleCommand {
  const { spec, open, asRoot } = options;
  const sources: readonly Mount[] = [
    ...sourcesOf(spec, options.node, open),
    ...brokenMounts(open, spec),
  ];
  refuseMissing(sources);

  const bwrap = tool("bwrap");
  const staged = asRoot
    ? stageMounts({
        bwrap,
        setpriv: tool("setpriv"),
        mounts: sources,
        owner: options.owner,
        hostProcesses: open === "processes" || open === "ptrace",
      })
    : { argv: [], mounts: sources };
  const { argv: inner, data } = innerArguments(options, staged.mounts);
  const argv = [
    tool("prlimit"),
    coreLimit,
    "--",
    ...staged.argv,
    bwrap,
    ...inner,
    "--",
    ...spec.helperArgv,
  ];
  return { argv, data };
}

/** Everything bubblewrap reads comes by descriptor: the bottle's environment is not in a command line others can read. */
function innerArguments(
  options: CommandOptions,
  mounts: readonly Mount[],
): { readonly argv: readonly string[]; readonly data: ReadonlyMap<number, string | Buffer> } {
  const { spec, open } = options;
  const files = [
    ...Object.entries(freshFiles(inside, hasBash())).map(
      ([path, content]) => ["--file", path, content] as const,
    ),
    ...(open === "sysctl" ? writableSysctl.map((path) => ["--bind-data", path, ""] as const) : []),
  ];
  const filter = open === "seccomp" ? [] : [filterBytes(options.arch, open)];
  const places = placeDescriptors(1 + filter.length + files.length, options.leaking, controlFd);
  const [argsFd = -1, ...rest] = places;
  const filterFds = rest.splice(0, filter.length);
  const data = new Map<number, string | Buffer>();
  filterFds.forEach((fd, index) => data.set(fd, filter[index] ?? ""));
  // More numbers than files: what leaked there is replaced by an empty file that bubblewrap closes as well.
  const fileArgs = rest.flatMap((fd, index) => {
    const [flag, path, content] = files[index] ?? ["--file", `/etc/.empty-${index}`, ""];
    data.set(fd, content);
    return ["--perms", flag === "--file" ? "0444" : "0600", flag, String(fd), path];
  });
  const view = bottleView({
    spec,
    mounts,
    files: fileArgs,
    scratchBytes: scratchBytes(spec.limits),
    open,
  });
  const seccomp = filterFds.flatMap((fd) => ["--seccomp", String(fd)]);
  data.set(argsFd, [...view, ...seccomp].map((argument) => `${argument}\0`).join(""));
  return { argv: ["--args", String(argsFd)], data };
}

function filterBytes(arch: string, open: Breakable | undefined): Buffer {
  const machine = machineOf(arch);
  if (machine === null)
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `There is no system call filter for the processor ${arch}.`,
      next: "Use a machine with an x64 or arm64 processor.",
    });
  return seccompFilter(machine, open === "user-namespaces" ? namespaceCalls : []);
}

function tool(name: ToolName): string {
  const path = findTool(name);
  if (path !== undefined) return path;
  throw new BottleError({
    code: "E_RUNG_UNAVAILABLE",
    what: `The program ${name} is missing.`,
    next: name === "bwrap" ? "Install bubblewrap." : "Install util-linux.",
  });
}
