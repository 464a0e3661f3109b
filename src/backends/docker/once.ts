/** A container of ours that does one thing where the daemon runs, and is gone: what nothing else can do there. */
import { waitForEnd } from "./end.ts";
import type { Engine } from "./engine/engine.ts";

export interface OnceOptions {
  readonly image: string;
  readonly argv: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** What it needs beyond nothing: it has no capability, sees nothing of the host and can write nowhere. */
  readonly host: Readonly<Record<string, unknown>>;
}

/** True if it ended well. */
export async function runOnce(engine: Engine, options: OnceOptions): Promise<boolean> {
  const json = {
    Image: options.image,
    User: "0:0",
    Entrypoint: options.argv,
    Cmd: [],
    Env: [],
    Labels: options.labels,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      AutoRemove: true,
      ...options.host,
    },
  };
  const made = await engine.call("POST", "/containers/create", { json });
  const container = String((made as { readonly Id?: unknown }).Id);
  const { ended } = await waitForEnd(engine, container);
  await engine.call("POST", `/containers/${container}/start`);
  return (await ended) === 0;
}
