/** The engine of one bottle, where its plan has one: found, started, and joined to what the gateway is told. */
import { dirname, join } from "node:path";
import { ownerOf } from "../backends/owner.ts";
import type { PipelockEngine } from "../engines/pipelock/engine.ts";
import type { Credential, GatewayConfig, UpstreamProxy } from "../gateway/config.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { Plan } from "../plan/plan.ts";
import { addressProbeHost } from "../proof/address-probe.ts";

export interface OpenedEngine extends AsyncDisposable {
  readonly config: Pick<GatewayConfig, "engine">;
  /** The way out, where the engine is it. */
  readonly proxy: UpstreamProxy | undefined;
  /** Rejects where it does not start. */
  readonly ready: Promise<unknown>;
  /** It was there, and nothing leaves any more. */
  isGone(): boolean;
}

/** No engine: the gateway alone judges. */
const none: OpenedEngine = {
  config: {},
  proxy: undefined,
  ready: Promise.resolve(),
  isGone: () => false,
  async [Symbol.asyncDispose]() {},
};

/** `note` writes into the audit log. */
export async function openEngine(
  order: Pick<LaunchOrder, "plan" | "paths">,
  credentials: readonly Credential[],
  note: (code: string, reason: string) => void,
): Promise<OpenedEngine> {
  const { plan, paths } = order;
  const { engine: spec } = plan;
  if (spec === undefined) return none;
  const [{ findPipelock }, { startPipelock }] = await Promise.all([
    import("../engines/pipelock/find-program.ts"),
    import("../engines/pipelock/engine.ts"),
  ]);
  const found = await findPipelock(placesOf(plan, paths.cacheDir, process.env["PATH"]));
  const me = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  const started: PipelockEngine = startPipelock({
    spec,
    program: found.program,
    keeper: join(dirname(paths.helper), "engine-keeper.js"),
    node: process.execPath,
    // Another than the bottle's own: neither can signal or trace the other.
    owner: me.uid === 0 ? ownerOf(`${plan.id} engine`, me) : undefined,
    hosts: [
      ...plan.egress.allow.map(({ host }) => host),
      ...credentials.flatMap(({ authorities }) => authorities.map(({ host }) => host)),
      addressProbeHost,
    ],
    event: ({ name, detail }) => note(`engine-${name}`, `${spec.name}: ${detail}`),
  });
  let closing = false;
  let gone = false;
  void started.ready.then(
    ({ version }) =>
      note(
        "engine-ready",
        `${spec.name} ${version}, ${found.known ? "as it should be" : "not the version this is made for"}`,
      ),
    () => undefined,
  );
  void started.gone.then((why) => {
    gone = !closing;
    if (gone) note("engine-gone", `${spec.name} is no more, and nothing leaves: ${why}`);
  });
  const close = async (): Promise<void> => {
    closing = true;
    await started[Symbol.asyncDispose]();
  };
  try {
    const port = spec.as === "verdict" ? undefined : (await started.ready).port;
    return {
      config: spec.as === "verdict" ? { engine: started.engine } : {},
      proxy:
        port === undefined
          ? undefined
          : { url: `http://127.0.0.1:${port}`, ca: null, authorization: null },
      ready: started.ready,
      isGone: () => gone,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Before anybody is asked for a yes: throws where the engine is missing. */
export async function checkEngine(
  plan: Pick<Plan, "engine">,
  cacheDir: string,
  path: string | undefined,
): Promise<void> {
  if (plan.engine === undefined) return;
  const { findPipelock } = await import("../engines/pipelock/find-program.ts");
  await findPipelock(placesOf(plan, cacheDir, path));
}

function placesOf(
  { engine }: Pick<Plan, "engine">,
  cacheDir: string,
  path: string | undefined,
): { readonly named: string | null; readonly cacheDir: string; readonly path: string } {
  return { named: engine?.program ?? null, cacheDir, path: path ?? "/usr/local/bin:/usr/bin:/bin" };
}
