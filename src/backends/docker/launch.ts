/** Makes one bottle: container, attached streams, first word of the helper; whatever fails is undone before the error is thrown. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { Duplex } from "node:stream";
import { release } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../../errors/error.ts";
import { readProcess } from "../../host/process.ts";
import type { BottleStdio, LaunchSpec, RunningBottle } from "../../lifecycle/backend.ts";
import type { Owner } from "../owner.ts";
import { refuseMissing } from "../sources.ts";
import { attach, firstSize, resize } from "./attach.ts";
import { launchElsewhere } from "./carried/launch.ts";
import { bakedImages } from "./baked/baked.ts";
import { bakedSpec } from "./baked/find.ts";
import { openBoundary } from "./breaks.ts";
import { bottleMounts, containerConfig, containerName, controlSocket } from "./container.ts";
import type { ContainerOptions } from "./container.ts";
import { firstProcess, removeOwn } from "./container-state.ts";
import { createContainer } from "./create.ts";
import { listenForHelper, whenHeard } from "./control.ts";
import { carry } from "./engine/demux.ts";
import type { Engine } from "./engine/engine.ts";
import { launchError } from "./engine/failure.ts";
import { untilEnd } from "./engine/until-end.ts";
import { isAtLeast } from "./engine/version.ts";
import { waitForEnd } from "./end.ts";
import { filesDirectory, writeFiles } from "./files.ts";
import { readImage } from "./image/image.ts";
import type { FoundImage } from "./image/image.ts";
import { ownerMark, writeOwner } from "./labels.ts";
import { targetOf } from "./network/attachment.ts";
import type { Beside } from "./loopback/hosting.ts";
import type { NetworkLease } from "./network/lease.ts";
import { runsInImage } from "./own-node.ts";
import type { NodeBuild } from "./own-node.ts";
import { lastUndo, runningBottle } from "./running.ts";
import { runc } from "./runtime.ts";
import type { ContainerRuntime } from "./runtime.ts";
import { lastWords, silence } from "./silence.ts";

/** Milliseconds until the helper must have said something. */
const patience = 20_000;
export interface LaunchHost {
  readonly engine: Engine;
  /** What the Engine has said of the spec's image, where it was asked before. */
  readonly image: Promise<FoundImage> | undefined;
  readonly uid: number;
  readonly user: Owner;
  /** The Node that runs us, for images that have none. */
  readonly node: string;
  /** How it was built. */
  readonly ownNode: NodeBuild;
  /** The supervisor. */
  readonly pid: number;
  readonly runtime: ContainerRuntime;
  /** Link `network`: the bottle's networks, taken away when both the bottle and its gateway are gone. */
  readonly lease?: NetworkLease;
  /** Link `loopback`: the gateway that the bottle is put beside. */
  readonly beside?: Promise<Beside>;
  /** The daemon shares nothing with this machine. */
  readonly elsewhere?: {
    /** To whom root gives what comes back. */
    readonly recordOwner: Owner | undefined;
    /** Its containers have a user namespace. */
    readonly ownUsers: boolean;
    readonly ttl: number;
  };
}

export async function launchBottle(
  wanted: LaunchSpec,
  stdio: BottleStdio,
  host: LaunchHost,
): Promise<RunningBottle> {
  if (stdio.kind === "tty") throw new TypeError("this backend makes its terminals itself");
  const { engine, user } = host;
  const { engine: asked, wait } = untilEnd(engine, wanted.end);
  const undo: (() => Promise<void> | void)[] = [];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const { lease } = host;
    if (lease !== undefined) undo.push(() => lease.release());
    const [image, version, images, networks, beside] = await Promise.all([
      wait(host.image ?? readImage(engine, wanted.image ?? "")),
      asked.version(),
      bakedImages(asked),
      lease === undefined ? undefined : wait(lease.made),
      host.beside === undefined ? undefined : wait(host.beside),
    ]);
    const spec = await bakedSpec(wanted, image.id, images);
    const open = openBoundary(spec.breakBoundary);
    const files = filesDirectory(spec);
    undo.push(() => rmSync(files, { recursive: true, force: true }));
    // Tests only: another kernel than the rung promises.
    const runtime = open === "kernel" ? runc : host.runtime;
    const options: ContainerOptions = {
      spec,
      stdio,
      open,
      user,
      owner: writeOwner(ownerMark(host.uid, host.pid)),
      runtime,
      node: image.hasNode ? undefined : host.node,
      helperNode: image.isDefault && runsInImage(host.ownNode) ? host.ownNode.program : undefined,
      imageEnv: image.env,
      files: writeFiles(files, user),
      ipv6: existsSync("/proc/sys/net/ipv6/conf/lo"),
      recursive: isAtLeast(version, "1.44") && holdsBelow(release()),
      attachment:
        networks === undefined
          ? undefined
          : {
              network: networks.inside,
              version,
              resolves: open === "name-server",
              ownUsers: host.elsewhere?.ownUsers ?? false,
            },
      beside: beside?.container,
    };
    const mounts = bottleMounts(options);
    runtime.refuse?.(spec, mounts);
    refuseMissing(mounts);
    if (host.elsewhere !== undefined) {
      await networks?.deaf;
      const bottle = await launchElsewhere(
        // A Node of this machine may not be one of that.
        { ...options, helperNode: undefined },
        stdio,
        { ...host.elsewhere, engine, uid: host.uid, etc: files, image: image.id },
        undo,
      );
      if (networks === undefined) return bottle;
      return { ...bottle, network: targetOf(networks, host.elsewhere.ownUsers) };
    }
    let called: Promise<Duplex>;
    if (spec.control === undefined) {
      const listener = listenForHelper(join(spec.linkDir, controlSocket));
      undo.push(() => listener[Symbol.dispose]());
      called = listener.called;
    } else called = whenHeard(spec.control);

    const name = containerName(spec.id);
    undo.push(() => removeOwn(engine, name, options.owner).catch(() => undefined));
    const container = await createContainer(asked, name, containerConfig(options), host.uid);
    // Both are asked for side by side, and are there before the first process is.
    const attaching = attach(asked, container);
    undo.push(() =>
      attaching.then(
        (stream) => void stream.destroy(),
        () => undefined,
      ),
    );
    const [stream, { ended }] = await Promise.all([attaching, waitForEnd(asked, container)]);
    const terminal = stdio.kind === "terminal";
    const carried = carry(stream, terminal);
    await networks?.deaf;
    await asked.call("POST", `/containers/${container}/start`);
    const pid = await firstProcess(asked, container);
    const first = isOf(container, pid) ? readProcess(pid) : undefined;
    if (pid !== 0 && first === undefined && (await outlives(ended))) throw notHere();
    if (stdio.kind === "terminal") await firstSize(asked, container, stdio);
    const control = await Promise.race([
      called,
      ended.then(() => undefined),
      sleep(patience, undefined, { ref: false }),
    ]);
    if (control === undefined)
      throw await silence(terminal ? carried.stdout : carried.stderr, host.runtime.silence);
    if (first === undefined) throw notHere();
    return runningBottle({
      ...{ spec, engine, container, first, control, stream, carried, terminal, ended },
      kernel: runtime.kernel,
      hostKernel: host.runtime.hostKernel,
      searchable: runtime.kernel === "host" || host.uid === 0,
      resize: (columns, rows) => resize(engine, container, { columns, rows }),
      undo: undoAll,
      network: networks === undefined ? beside?.network : targetOf(networks),
    });
  } catch (error) {
    // A daemon that hangs is left to the next sweep.
    await Promise.race([undoAll(), sleep(lastUndo, undefined, { ref: false })]);
    throw launchError(error);
  }
}

/** mount_setattr(2) is of Linux 5.12. */
function holdsBelow(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map(Number);
  return major > 5 || (major === 5 && minor >= 12);
}

/**
 * What a daemon elsewhere says is another process here, or none. Its control group has the container's name in it, whoever manages
 * groups.
 */
function isOf(container: string, pid: number): boolean {
  try {
    return pid !== 0 && readFileSync(`/proc/${pid}/cgroup`, "latin1").includes(container);
  } catch {
    return false;
  }
}

/** False for a container that ended at once, whose process is gone for that. */
function outlives(ended: Promise<unknown>): Promise<boolean> {
  return Promise.race([ended.then(() => false), sleep(lastWords, true, { ref: false })]);
}

/** The process is told by the daemon, and must be one of ours to see: else the daemon is on another machine. */
function notHere(): BottleError {
  return new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: "The Docker daemon's processes cannot be seen from here: it runs on another machine, or in another container.",
    next: "Use a daemon of this machine, or the rung namespace.",
  });
}
