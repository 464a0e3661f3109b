/**
 * A container that never runs: through it the daemon takes archives into volumes and gives them out (Engine API, PutContainerArchive,
 * ContainerArchive). The bottle's own container takes none, its system being read-only, and is gone when its work is fetched.
 */
import { Readable } from "node:stream";
import { removeContainer } from "../container-state.ts";
import type { Engine } from "../engine/engine.ts";
import { isStatus } from "../engine/failure.ts";

/** Where the volumes are in it. */
const top = "/carried";

export interface CarrierSpec {
  readonly name: string;
  /** Any that the daemon has: nothing of it is run. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By the name that each has in archives. */
  readonly volumes: Readonly<Record<string, string>>;
}

export interface Carrier {
  /** Below the volume's name, in an archive whose entries begin with it. */
  put(tar: AsyncIterable<Buffer>): Promise<void>;
  /** The archive of one volume: its entries begin with that name. */
  get(volume: string): Promise<AsyncIterable<Buffer>>;
  has(path: string): Promise<boolean>;
  remove(): Promise<void>;
}

export async function openCarrier(engine: Engine, spec: CarrierSpec): Promise<Carrier> {
  const { name } = spec;
  const json = carrierConfig(spec);
  const create = (): Promise<unknown> =>
    engine.call("POST", "/containers/create", { query: { name }, json });
  const made = await create().catch(async (error: unknown) => {
    // What a dead supervisor left under the name knows other volumes, maybe.
    if (!isStatus(error, 409)) throw error;
    await removeContainer(engine, name);
    return create();
  });
  const container = String((made as { readonly Id?: unknown }).Id);
  const archive = `/containers/${container}/archive`;
  return {
    put: async (tar) => {
      // Bytes as they are: an iterator's own buffers are no objects of a stream's.
      const body = Readable.from(tar, { objectMode: false });
      await engine.call("PUT", archive, { query: { path: top }, tar: body });
    },
    get: (volume) => engine.stream("GET", archive, { query: { path: `${top}/${volume}` } }),
    async has(path) {
      try {
        await engine.call("HEAD", archive, { query: { path: `${top}/${path}` } });
        return true;
      } catch (error) {
        if (isStatus(error, 404)) return false;
        throw error;
      }
    },
    remove: () => removeContainer(engine, container),
  };
}

function carrierConfig({ image, labels, volumes }: CarrierSpec): object {
  return {
    Image: image,
    // Should somebody start it, there is nothing that runs.
    Entrypoint: ["/nothing"],
    Cmd: [],
    User: "65534:65534",
    NetworkDisabled: true,
    Healthcheck: { Test: ["NONE"] },
    Labels: labels,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
      Mounts: Object.entries(volumes).map(([name, volume]) => ({
        Type: "volume",
        Source: volume,
        Target: `${top}/${name}`,
        VolumeOptions: { NoCopy: true },
      })),
    },
  };
}
