/** Hosts a bottle's gateway: a container on both of the bottle's networks, spoken to by its standard streams alone. */
import { Duplex } from "node:stream";
import { BottleError } from "../../../errors/error.ts";
import type { GatewayHost, GatewayHostSpec } from "../../../lifecycle/backend.ts";
import { createContainer } from "../create.ts";
import { removeOwn } from "../container-state.ts";
import { waitForEnd } from "../end.ts";
import { carry } from "../engine/demux.ts";
import type { Engine } from "../engine/engine.ts";
import { launchError } from "../engine/failure.ts";
import { isAtLeast } from "../engine/version.ts";
import type { NetworkLease } from "../network/lease.ts";
import { carryPrograms } from "../carried/programs.ts";
import { gatewayConfig, gatewayName, insideEndpoint, program } from "./container.ts";

/** Characters of its last words that are kept. */
const maxWords = 300;

export interface HostingOptions {
  readonly engine: Engine;
  readonly lease: NetworkLease;
  readonly image: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** For the label. */
  readonly owner: string;
  /** Who runs us. */
  readonly uid: number;
  /** The daemon sees no folder of this machine. */
  readonly elsewhere: boolean;
}

export async function hostGateway(
  spec: GatewayHostSpec,
  { engine, lease, image, user, owner, uid, elsewhere }: HostingOptions,
): Promise<GatewayHost> {
  const name = gatewayName(spec.id);
  let words = "";
  const undo = async (): Promise<void> => {
    await removeOwn(engine, name, owner).catch(() => undefined);
    await lease.release();
  };
  try {
    const networks = await lease.made;
    const both = isAtLeast(await engine.version(), "1.44");
    const targets = [{ inside: "", target: program }];
    const carried = elsewhere
      ? await carryPrograms(engine, image, [{ source: spec.program, targets }])
      : undefined;
    const config = gatewayConfig({ spec, networks, image, user, owner, both, carried });
    const container = await createContainer(engine, name, config, uid);
    if (!both)
      await engine.call("POST", `/networks/${networks.inside.name}/connect`, {
        json: {
          Container: container,
          EndpointConfig: insideEndpoint(networks.inside.subnet.gateway),
        },
      });
    const { ended } = await waitForEnd(engine, container);
    await engine.call("POST", `/containers/${container}/start`);
    return {
      connect: async () => attach(engine, container, (said) => (words = said)),
      exited: ended.then((code) => `it ended with ${code ?? "an unknown code"}${told(words)}`),
      [Symbol.asyncDispose]: undo,
    };
  } catch (error) {
    await undo();
    throw error instanceof BottleError ? error : launchError(error);
  }
}

function told(words: string): string {
  return words === "" ? "" : `: ${words}`;
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
