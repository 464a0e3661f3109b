/** The connection to a place elsewhere, in a private folder of its own that others can tell is held. */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownMark } from "../host/process.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { PlaceHandle } from "../lifecycle/supervisor/deps.ts";
import { defaultTimeToLive } from "../manifest/formats/time-to-live.ts";
import { connectPlace } from "../places/ssh/connection.ts";
import type { PlaceConnection } from "../places/ssh/connection.ts";

export interface PlaceOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of this user alone; left-over folders in it are swept. */
  readonly runHome: string;
  /** `ssh://…` */
  readonly place: string;
  /** Milliseconds that a cut may last; 0 for a connection that is only asked something. */
  readonly ttlMs: number;
  readonly onCut?: (since: number | null) => void;
}

/** Throws what the catalogue says of places. */
export async function openPlace(options: PlaceOptions): Promise<PlaceConnection> {
  const { runHome, ...rest } = options;
  await mkdir(runHome, { recursive: true, mode: 0o700 });
  // Short: ssh takes no long paths.
  const dir = await mkdtemp(join(runHome, ".p-"));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  process.once("exit", remove);
  const leave = async (): Promise<void> => {
    process.off("exit", remove);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await writeFile(join(dir, "owner"), `${ownMark().replace(".", " ")}\n`, { mode: 0o600 });
    const connection = await connectPlace({ ...rest, dir });
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await connection[Symbol.asyncDispose]();
      await leave();
    };
    return { ...connection, [Symbol.asyncDispose]: () => (closing ??= close()) };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** The connection of a bottle elsewhere, its own until its end. */
export async function openOrdered({
  plan,
  paths,
  backendEnv,
}: Pick<LaunchOrder, "plan" | "paths" | "backendEnv">): Promise<
  PlaceHandle & { readonly socket: string; readonly ttlMs: number }
> {
  const ttlMs = (plan.remote?.ttl ?? defaultTimeToLive) * 1000;
  const listeners: ((since: number | null) => void)[] = [];
  const connection = await openPlace({
    env: backendEnv,
    runHome: paths.runHome,
    place: plan.place,
    ttlMs,
    onCut: (since) => {
      for (const listener of listeners) listener(since);
    },
  });
  return { ...connection, ttlMs, onCut: (listener) => void listeners.push(listener) };
}
