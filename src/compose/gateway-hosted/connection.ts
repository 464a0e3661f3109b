/** One connection after the other to a gateway beside its bottle: cut off is not lost, for a time. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Duplex } from "node:stream";
import type { GatewayHost } from "../../lifecycle/backend.ts";
import type { Caller } from "../../wire/caller.ts";

export interface ConnectionOptions {
  readonly host: Pick<GatewayHost, "connect">;
  readonly caller: Pick<Caller, "serve" | "heardAt" | "connected">;
  /** Milliseconds. */
  readonly ttl: number;
  readonly signal: AbortSignal;
}

/** Milliseconds before the second try, and the most before any. */
const firstPause = 50;
const longestPause = 5_000;

/** Resolves with the reason when there is no hope, or without one when the signal says that it is over. */
export async function keepConnected(options: ConnectionOptions): Promise<string | undefined> {
  const { host, caller, ttl, signal } = options;
  let pause = firstPause;
  let why = "";
  while (!signal.aborted) {
    const before = caller.heardAt;
    try {
      const stream = await within(host.connect(), ttl);
      const end = (): void => void stream.destroy();
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      const how = await serve(caller, stream);
      signal.removeEventListener("abort", end);
      if (how === "stranger") return "Another program answers in its place.";
      why = "The connection to it was cut.";
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (caller.heardAt !== before) pause = firstPause;
    if (performance.now() - caller.heardAt > ttl)
      return `It was out of reach for ${Math.round(ttl / 1000)} seconds. ${why}`;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, longestPause);
  }
  return undefined;
}

/** What comes too late is let go. */
async function within(connecting: Promise<Duplex>, ms: number): Promise<Duplex> {
  const late = new AbortController();
  const none = sleep(ms, undefined, { signal: late.signal }).catch(() => undefined);
  const stream = await Promise.race([connecting, none]).finally(() => late.abort());
  if (stream !== undefined) return stream;
  void connecting.then(
    (unwanted) => unwanted.destroy(),
    () => undefined,
  );
  throw new Error("Nobody answered.");
}

function serve(caller: Pick<Caller, "serve">, stream: Duplex): Promise<"cut" | "stranger"> {
  // One that is broken already has nobody to tell of it.
  stream.on("error", () => undefined);
  return caller.serve(stream);
}
