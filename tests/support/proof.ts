/** One bottle with the real helper, canaries and whatever gateway a test hands in: launched, probed, judged. */
import { readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { homedir, networkInterfaces, release, tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, LaunchSpec, RunningBottle } from "../../src/lifecycle/backend.ts";
import { openCanaries } from "../../src/proof/canaries.ts";
import { localAddresses } from "../../src/proof/host-addresses.ts";
import { judge } from "../../src/proof/verdict.ts";
import type { Verdict } from "../../src/proof/verdict.ts";
import { talkTo } from "./helper.ts";
import type { HelperTalk } from "./helper.ts";
import { openStandIn } from "./docker/stand-in.ts";

export interface ProofOptions {
  readonly backend: Backend;
  /** The bundled helper. */
  readonly helper: string;
  /** A boundary to leave open, or undefined. */
  readonly open: string | undefined;
  readonly allowedAuthority: string | null;
  /** Listens on the link's socket. */
  readonly gateway: { listen(path: string): Promise<void> };
  /** Link `network`: an address of this machine that the bottle's gateway reaches. */
  readonly upstream?: string | undefined;
}

export interface ProvenBottle extends AsyncDisposable {
  readonly verdict: Verdict;
  /** Milliseconds of all probes together, as the helper tells them. */
  readonly ms: number;
  readonly talk: HelperTalk;
  /** On the host: the bottle's `work` and `home` are below. */
  readonly dir: string;
  /** Host process ids of everything inside. */
  processes(): Promise<readonly number[]>;
  readonly running: RunningBottle;
}

let bottles = 0;

/** Launches, probes and judges; the bottle runs on until it is disposed. */
export async function proveBottle(options: ProofOptions): Promise<ProvenBottle> {
  const undo: (() => Promise<unknown>)[] = [];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  const dir = await realpath(await mkdtemp(join(tmpdir(), "bottle-proof-")));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  try {
    bottles += 1;
    const uid = process.getuid?.() ?? -1;
    const { backend } = options;
    const { sharedNamespaces, nosuid, link, kernel, ownKernel } = backend.capabilities;
    const image = await backend.prepare?.({ kind: "default" }, () => undefined);
    const id = `proof-${process.pid}-${bottles}`;
    const owner = backend.owner(id);
    const paths = { link: join(dir, "link"), home: join(dir, "home"), work: join(dir, "work") };
    for (const path of Object.values(paths)) {
      await mkdir(path, { mode: 0o700 });
      if (uid === 0) await chown(path, owner.uid, owner.gid);
    }
    const socket = join(paths.link, "gateway.sock");
    await options.gateway.listen(socket);
    await chmod(socket, 0o666);
    const data = join(dir, "data");
    const hooks = join(paths.work, ".git/hooks");
    for (const path of [data, hooks]) await mkdir(path, { recursive: true });
    const points: LaunchSpec["points"] = [
      { path: ".git", mode: "rw", identity: await identityOf(join(paths.work, ".git")) },
      { path: ".git/hooks", mode: "ro", identity: await identityOf(hooks) },
    ];
    const control = join(dir, "control.sock");
    await mkdir(control);
    const canaries = await openCanaries({
      runDir: dir,
      ...(options.open === "neighbour"
        ? { sharedDir: { host: paths.link, inside: "/run/claude-bottle" } }
        : {}),
      interfaces: networkInterfaces(),
      ...(link !== "socket"
        ? { local: localAddresses(readFileSync("/proc/net/fib_trie", "utf8")) }
        : {}),
      sharedNamespaces,
      ownKernel,
      hiddenPaths: { home: homedir(), record: join(dir, "work"), control },
      hostPid: process.pid,
      allowedAuthority: options.allowedAuthority,
      workspace: "/work/project",
      mounts: [
        ...points.map((point) => ({ ...point, path: `/work/project/${point.path}` })),
        { path: "/data", mode: "ro", identity: await identityOf(data) },
      ],
    });
    undo.push(async () => canaries[Symbol.asyncDispose]());
    const inside = "/opt/claude-bottle/helper.js";
    const spec: LaunchSpec = {
      id,
      linkDir: paths.link,
      workspace: paths.work,
      workspaceTarget: "/work/project",
      home: paths.home,
      points,
      mounts: [
        { source: options.helper, target: inside, mode: "ro" },
        { source: data, target: "/data", mode: "ro" },
      ],
      helperArgv: ["/opt/claude-bottle/node", inside, "--link", "/run/claude-bottle/gateway.sock"],
      helperEnv: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/home/agent" },
      limits: [],
      image,
      breakBoundary: options.open,
    };
    const hosted = await hostStandIn(options, { id, dir, socket }, undo);
    const bottle = await backend.launch({ ...spec, ...hosted }, { kind: "pipes" });
    undo.push(() => bottle.stop(2000));
    const talk = talkTo(bottle.control, bottle.exited);
    await talk.message("ready");
    talk.send({ type: "probe", targets: canaries.targets(bottle.network), known: [] });
    const { results, ms } = await talk.message("proof");
    const verdict = judge(results, {
      ...{ ...(await canaries.report()), nosuid, link, kernel },
      hostKernel: bottle.hostKernel ?? release(),
    });
    return {
      verdict,
      ms,
      talk,
      dir,
      processes: () => bottle.processes(),
      running: bottle,
      [Symbol.asyncDispose]: undoAll,
    };
  } catch (error) {
    await undoAll();
    throw error;
  }
}

/** Of the link `network`: a gateway beside the bottle that leads to the test's own. */
async function hostStandIn(
  { backend, upstream, open }: ProofOptions,
  { id, dir, socket }: { readonly id: string; readonly dir: string; readonly socket: string },
  undo: (() => Promise<unknown>)[],
): Promise<Partial<LaunchSpec>> {
  if (backend.hostGateway === undefined || upstream === undefined) return {};
  const standIn = await openStandIn(dir, upstream, socket);
  undo.push(async () => standIn[Symbol.asyncDispose]());
  const host = await backend.hostGateway({ ...standIn.spec, id, breakBoundary: open });
  undo.push(async () => host[Symbol.asyncDispose]());
  const helperArgv = ["/opt/claude-bottle/node", "/opt/claude-bottle/helper.js"];
  return { control: await host.connect(), helperArgv };
}

async function identityOf(path: string): Promise<string> {
  const { dev, ino, birthtimeNs } = await stat(path, { bigint: true });
  return `${dev}:${ino}:${birthtimeNs}`;
}
