/** Hosts a bottle's gateway: a container on its networks, spoken to by its standard streams alone. */
import { existsSync } from "node:fs";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../../../errors/error.ts";
import type { GatewayHost, GatewayHostSpec } from "../../../lifecycle/backend.ts";
import { createContainer } from "../create.ts";
import { removeOwn } from "../container-state.ts";
import { waitForEnd } from "../end.ts";
import type { Ending } from "../end.ts";
import { carry } from "../engine/demux.ts";
import type { Engine } from "../engine/engine.ts";
import { launchError } from "../engine/failure.ts";
import { untilEnd } from "../engine/until-end.ts";
import { isAtLeast } from "../engine/version.ts";
import { endElsewhere } from "../carried/end.ts";
import { carryPrograms } from "../carried/programs.ts";
import type { MadeNetwork } from "../network/networks.ts";
import { lastUndo } from "../running.ts";
import { gatewayConfig, gatewayName, insideEndpoint, program } from "./container.ts";
import type { GatewayNetworks } from "./container.ts";

/** Characters of its last words that are kept. */
const maxWords = 300;

export interface HostingOptions {
  readonly engine: Engine;
  readonly lease: { readonly made: Promise<GatewayNetworks>; release(): Promise<void> };
  readonly image: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** For the label. */
  readonly owner: string;
  /** Who runs us. */
  readonly uid: number;
  /** The daemon sees no folder of this machine; a connection that was cut is made again. */
  readonly elsewhere: boolean;
  /** Milliseconds that it lives on there while nobody reaches it. */
  readonly ttl: number;
  /** What must be done where it runs before anybody else is there. */
  readonly started?: (engine: Engine, container: string) => Promise<void>;
}

/** `container`: when it runs and all was done. */
export interface DockerGatewayHost extends GatewayHost {
  readonly container: Promise<string>;
}

/** Returns at once, so that the bottle is made beside it: whoever connects waits for the container, and hears why there is none. */
export function hostGateway(spec: GatewayHostSpec, options: HostingOptions): DockerGatewayHost {
  const { engine, lease, owner } = options;
  let giveUp = (): void => undefined;
  const given = new Promise<void>((resolve) => (giveUp = resolve));
  let words = "";
  const ended = Promise.race([given, ...(spec.end === undefined ? [] : [spec.end])]);
  const starting = startGateway(spec, { ...options, engine: untilEnd(engine, ended).engine });
  const undo = async (): Promise<void> => {
    await starting.catch(() => undefined);
    await removeOwn(engine, gatewayName(spec.id), owner).catch(() => undefined);
    await lease.release();
  };
  const exited = starting.then(
    async ({ over }) => {
      const code = await over;
      return `it ended with ${code ?? "an unknown code"}${words === "" ? "" : `: ${words}`}`;
    },
    (error: unknown) =>
      error instanceof BottleError ? (error.why ?? error.message) : String(error),
  );
  const container = starting.then((one) => one.container);
  container.catch(() => undefined);
  return {
    container,
    async connect() {
      const { container } = await starting;
      return attach(engine, container, (said) => (words = said));
    },
    exited,
    async [Symbol.asyncDispose]() {
      giveUp();
      // A daemon that hangs is left to the next sweep.
      await Promise.race([undo(), sleep(lastUndo, undefined, { ref: false })]);
    },
  };
}

async function startGateway(
  spec: GatewayHostSpec,
  { engine, lease, image, user, owner, uid, elsewhere, ttl, started }: HostingOptions,
): Promise<{ readonly container: string; readonly over: Ending }> {
  try {
    const targets = [{ inside: "", target: program }];
    const [networks, version, carried] = await Promise.all([
      lease.made,
      engine.version(),
      elsewhere ? carryPrograms(engine, image, [{ source: spec.program, targets }]) : undefined,
    ]);
    const both = isAtLeast(version, "1.44");
    const ipv6 = existsSync("/proc/sys/net/ipv6/conf/lo");
    const made = { spec, networks, image, user, owner, both, carried, ipv6, again: elsewhere };
    const container = await createContainer(engine, gatewayName(spec.id), gatewayConfig(made), uid);
    const { inside } = networks;
    const [{ ended }] = await Promise.all([
      waitForEnd(engine, container),
      both || inside === undefined ? undefined : connectInside(engine, container, inside),
    ]);
    await engine.call("POST", `/containers/${container}/start`);
    await started?.(engine, container);
    return { container, over: elsewhere ? endElsewhere(engine, container, ended, ttl) : ended };
  } catch (error) {
    throw launchError(error);
  }
}

/** Before 1.44 a container is created on one network, and joins the other before it runs. */
function connectInside(
  engine: Engine,
  container: string,
  { name, subnet }: MadeNetwork,
): Promise<unknown> {
  const json = { Container: container, EndpointConfig: insideEndpoint(subnet.gateway) };
  return engine.call("POST", `/networks/${name}/connect`, { json });
}

/** The standard streams as one; `heard` is told what came last on standard error. */
async function attach(
  engine: Engine,
  container: string,
  heard: (words: string) => void,
): Promise<Duplex> {
  const stream = await engine.hijack(
    `/containers/${container}/attach?stream=1&stdin=1&stdout=1&stderr=1`,
  );
  const carried = carry(stream, false);
  let words = "";
  carried.stderr.on("data", (data: Buffer) => {
    words = `${words}${data.toString("latin1").replaceAll(/[^\x20-\x7e]+/g, " ")}`.slice(-maxWords);
    heard(words.trim());
  });
  const both = Duplex.from({ readable: carried.stdout, writable: stream });
  both.on("error", () => undefined);
  both.once("close", () => stream.destroy());
  return both;
}
