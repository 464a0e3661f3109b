/** Makes one bottle: groups, command, first word of the helper; whatever fails is undone before the error is thrown. */
import type { ChildProcess } from "node:child_process";
import { dirname } from "node:path";
import type { Duplex, Readable } from "node:stream";
import type {
  Availability,
  BottleStdio,
  LaunchSpec,
  RunningBottle,
} from "../../lifecycle/backend.ts";
import { BottleError } from "../../errors/error.ts";
import { openBoundary } from "./breaks.ts";
import { bottleCommand, controlFd } from "./command.ts";
import { leakingDescriptors } from "./descriptors.ts";
import { firstWord } from "./first-line.ts";
import type { GroupBase } from "./groups/bases.ts";
import { bottleGroups } from "./groups/group.ts";
import { writeGroupName } from "./groups/name.ts";
import { lostMounts, watchHeld } from "../held.ts";
import type { Owner } from "../owner.ts";
import type { Process } from "../../host/process.ts";
import { readChain } from "../processes.ts";
import { readProcess } from "../../host/process.ts";
import { bottleEnd, runningBottle } from "./running.ts";
import { startCommand } from "./start.ts";

/** Milliseconds until the helper must have said something. */
const patience = 20_000;
/** Characters of bubblewrap's own words that an error repeats. */
const maxWords = 300;

export interface LaunchHost {
  readonly uid: number;
  readonly arch: string;
  readonly node: string;
  readonly pid: number;
  readonly owner: Owner;
  readonly bases: readonly GroupBase[];
  /** Asked only after a failure, for its cause. */
  readonly probe: () => Promise<Availability>;
}

export async function launchBottle(
  spec: LaunchSpec,
  stdio: BottleStdio,
  host: LaunchHost,
): Promise<RunningBottle> {
  const open = openBoundary(spec.breakBoundary);
  const started = readProcess(host.pid)?.started ?? 0;
  const groups = bottleGroups(
    host.bases,
    writeGroupName({ id: spec.id, pid: host.pid, started }),
    spec.limits,
  );
  let child: ChildProcess;
  try {
    groups.create();
    const command = bottleCommand({
      spec,
      open,
      owner: host.owner,
      asRoot: host.uid === 0,
      arch: host.arch,
      node: host.node,
      leaking: leakingDescriptors(),
    });
    child = startCommand(command, stdio, dirname(spec.linkDir));
  } catch (error) {
    await groups.remove();
    throw error;
  }

  child.on("error", () => undefined);
  const known: Process[] = [];
  const control = child.stdio[controlFd] as Duplex;
  // Without a reader Node throws away what is in the pipe when the process ends.
  const keep = (): void => undefined;
  child.stderr?.on("readable", keep);
  const word = await firstWord(child, control, patience);
  if (child.pid === undefined) {
    await groups.remove();
    throw await failure(child, host);
  }
  known.push(...readChain(child.pid));
  const exited = bottleEnd(child, () => known, groups);
  if (word !== "spoke") {
    child.kill("SIGKILL");
    const end = await exited;
    control.destroy();
    throw await failure(child, host, end.code);
  }
  child.stderr?.off("readable", keep);
  // Not before the helper speaks: the kernel takes 6 to 10 ms for it, in which the bottle would wait.
  const limited = groups.join(known.slice(-2).map(({ pid }) => pid));
  limited.catch(() => undefined);
  const helper = known.at(-1);
  let lost: () => readonly string[] = () => [];
  if (
    spec.points !== undefined &&
    spec.points.length > 0 &&
    helper !== undefined &&
    open !== "workspace"
  ) {
    const targets = spec.points.map(({ path }) => `${spec.workspaceTarget}/${path}`);
    const watch = watchHeld(
      () => lostMounts(helper.pid, targets),
      () => child.kill("SIGKILL"),
    );
    lost = () => watch.lost();
    const unwatch = (): void => watch[Symbol.dispose]();
    void exited.then(unwatch, unwatch);
  }
  return runningBottle({
    id: spec.id,
    limited,
    child,
    pid: child.pid,
    control,
    groups,
    exited,
    helper,
    lost: () => lost(),
  });
}

/** Names the host's own reason if the probe finds one, else bubblewrap's words. */
async function failure(
  child: ChildProcess,
  host: LaunchHost,
  code: number | null = null,
): Promise<BottleError> {
  const found = await host.probe();
  if (!found.available)
    return new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: "The namespace rung cannot be used on this host.",
      why: found.reason,
      next: found.remedy,
    });
  const words = readWords(child.stderr);
  return new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why:
      words === ""
        ? `Its first process ended${code === null ? "" : ` with code ${code}`} before the helper spoke.`
        : words,
    next: "Run `bottle doctor`.",
  });
}

/** What bubblewrap wrote, bounded by the stream's own buffer. */
function readWords(stderr: Readable | null): string {
  const bytes: unknown = stderr?.read();
  // Only what a terminal may show: the text may come from inside.
  const text = Buffer.isBuffer(bytes) ? bytes.toString("latin1") : "";
  return text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, maxWords);
}
