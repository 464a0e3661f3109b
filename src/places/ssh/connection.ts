/**
 * The connection to a place: the Engine's socket there is a socket here, for as long as there is a way. A cut is noticed, and
 * healed in the same place; whoever uses the socket finds it closed meanwhile, and asks again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { parseSshAddress } from "../../manifest/formats/ssh-address.ts";
import { sshEnv } from "./argv.ts";
import type { PlaceFacts } from "./facts.ts";
import { MasterFailure, openMaster } from "./master.ts";
import type { Master, MasterOptions } from "./master.ts";
import { openWay } from "./way.ts";
import type { Way } from "./way.ts";

/** ssh binds a longer name first: a dot and sixteen letters (mux.c); a path has 107 bytes (unix(7)). */
const maxPath = 107 - 17;
/** Milliseconds before the next attempt: doubled each time, up to a bound. */
const firstPause = 500;
const maxPause = 30_000;

export interface ConnectOptions {
  /** `ssh://…`, as the manifest writes it. */
  readonly place: string;
  /** A private folder; the connection makes its own in it. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that a cut may last before nobody waits any more; 0: the first cut is the end. */
  readonly ttlMs: number;
  readonly now?: () => number;
  /** Told of a cut and of its end: since when it is cut, or null. */
  readonly onCut?: (since: number | null) => void;
}

export interface PlaceConnection extends AsyncDisposable {
  /** The Engine's socket on this machine; the same path after every cut. */
  readonly socket: string;
  readonly facts: PlaceFacts;
  readonly kind: Way["kind"];
  /** Milliseconds since the epoch, or null while the connection stands. */
  cutSince(): number | null;
  /** Whoever was waiting for the next attempt makes it now: the owner is back. */
  hasten(): void;
  /** Resolves with the reason when nobody tries any more; never before. */
  readonly givenUp: Promise<BottleError>;
}

/** Throws what the catalogue says of places, and E_RUN_DIRECTORY. */
export async function connectPlace(options: ConnectOptions): Promise<PlaceConnection> {
  const { place, now = Date.now } = options;
  const to = parseSshAddress(place);
  if (to === undefined) throw badPlace(place);
  const dir = await mkdtemp(join(options.dir, "ssh-"));
  const control = join(dir, "m");
  const local = join(dir, "d");
  const leaving = new AbortController();
  const env = sshEnv(options.env);
  const master: MasterOptions = { place, to, control, env, now, signal: leaving.signal };
  const opened =
    Buffer.byteLength(control) > maxPath
      ? undefined
      : await open(master, local).catch(async (error: unknown) => {
          await rm(dir, { recursive: true, force: true });
          throw error instanceof MasterFailure ? error.failure.error : error;
        });
  if (opened === undefined) {
    await rm(dir, { recursive: true, force: true });
    throw tooLong(dir);
  }

  let current: Both | undefined = opened;
  let cut: number | null = null;
  let closing = false;
  let wake: () => void = () => undefined;
  let giveUp: (why: BottleError) => void = () => undefined;
  const givenUp = new Promise<BottleError>((resolve) => (giveUp = resolve));

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Ends with a new connection, or with giving up. */
  const heal = async (since: number): Promise<Both | undefined> => {
    let last: BottleError | undefined;
    for (let tries = 0; !closing && now() - since < options.ttlMs; tries += 1) {
      await pause(Math.min(maxPause, firstPause * 2 ** Math.min(tries, 10)));
      if (closing) return undefined;
      try {
        return await open(master, local);
      } catch (error) {
        last = error instanceof BottleError ? error : undefined;
        if (!(error instanceof MasterFailure)) continue;
        last = error.failure.error;
        // Another host key, or a configuration that ssh refuses: trying again makes nothing better.
        if (!error.failure.passes) break;
      }
    }
    if (!closing) giveUp(lost(place, last));
    return undefined;
  };

  const watch = async (): Promise<void> => {
    while (current !== undefined && !closing) {
      await current.master.gone;
      const over: Both = current;
      current = undefined;
      over.way[Symbol.dispose]();
      await rm(local, { force: true });
      if (closing) return;
      cut = now();
      options.onCut?.(cut);
      current = await heal(cut);
      if (current === undefined) return;
      cut = null;
      options.onCut?.(null);
    }
  };
  const watching = watch();

  return {
    socket: local,
    facts: opened.master.facts,
    kind: opened.way.kind,
    cutSince: () => cut,
    hasten: () => wake(),
    givenUp,
    async [Symbol.asyncDispose]() {
      closing = true;
      wake();
      leaving.abort();
      await close(current);
      await watching;
      // One that came up meanwhile.
      await close(current);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Both {
  readonly master: Master;
  readonly way: Way;
}

async function close(both: Both | undefined): Promise<void> {
  both?.way[Symbol.dispose]();
  await both?.master[Symbol.asyncDispose]();
}

async function open(options: MasterOptions, local: string): Promise<Both> {
  await rm(options.control, { force: true });
  const master = await openMaster(options);
  try {
    return { master, way: await openWay(options, master, local) };
  } catch (error) {
    await master[Symbol.asyncDispose]();
    throw error;
  }
}

function badPlace(place: string): BottleError {
  return new BottleError({
    code: "E_PLACE",
    what: `${JSON.stringify(place.slice(0, 200))} is no place.`,
    next: "Write ssh://user@host or ssh://user@host:port.",
  });
}

function tooLong(dir: string): BottleError {
  return new BottleError({
    code: "E_RUN_DIRECTORY",
    what: `The folder for sockets, ${dir}, has too long a name for ssh.`,
    next: "Set XDG_RUNTIME_DIR to a shorter one.",
  });
}

function lost(place: string, cause: BottleError | undefined): BottleError {
  return new BottleError({
    code: cause?.code === "E_PLACE_HOST_KEY_CHANGED" ? cause.code : "E_PLACE_LOST",
    what: `The connection to ${place} was cut, and does not come back.`,
    ...(cause === undefined ? {} : { why: [cause.message, cause.why].filter(Boolean).join(" ") }),
    next: "The bottle's work is still there: once the machine answers again, `bottle resume` fetches it.",
    ...(cause === undefined ? {} : { cause }),
  });
}
