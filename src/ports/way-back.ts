/**
 * The socket in the link directory on which the helper brings callers' connections back. Everything in the bottle can
 * connect to it: who has no key gets nothing. Nothing is ever connected to from here; keys only join what came by itself.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { forwardKeyLength } from "../helper/protocol.ts";

/** Connections that have not said their key; with one more the oldest goes. */
const maxStrangers = 256;
/** Characters of a key that name it; the others prove it. */
const nameLength = 16;

export interface WayBack extends Disposable {
  /** A new key; `came` is called once, with the connection that brought it or, where none did in time, without one. */
  expect(came: (link: Duplex | undefined) => void): ExpectedLink;
}

/** The listener itself, which takes keys that somebody else made, too. */
export interface OpenWayBack extends WayBack {
  expect(came: (link: Socket | undefined) => void, key?: string): ExpectedLink;
}

export interface ExpectedLink {
  readonly key: string;
  /** Nobody waits any more: the key is worth nothing, and `came` is not called. */
  forget(): void;
}

export interface WayBackOptions {
  /** A new socket, or an address where only the bottle can call. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Milliseconds that the helper has for bringing a connection. */
  readonly patience: number;
  /** Milliseconds that a connection has for saying its key. */
  readonly manners: number;
}

/** Nobody can guess it, and its first part names it. */
export function newKey(): string {
  return randomBytes((forwardKeyLength / 4) * 3).toString("base64url");
}

export async function openWayBack(options: WayBackOptions): Promise<OpenWayBack> {
  const { at } = options;
  const expected = new Map<string, { proof: Buffer; take: (link: Socket | undefined) => void }>();
  const strangers = new Set<Socket>();

  /** Who waits for this key. */
  const taker = (said: unknown): ((link: Socket) => void) | undefined => {
    if (!Buffer.isBuffer(said) || said.length !== forwardKeyLength) return undefined;
    const found = expected.get(said.toString("latin1", 0, nameLength));
    return found !== undefined && timingSafeEqual(found.proof, said.subarray(nameLength))
      ? found.take
      : undefined;
  };

  const server = createServer({ allowHalfOpen: true }, (link) => {
    link.on("error", () => undefined);
    // Without a caller there is nothing to come back from.
    if (expected.size === 0) return void link.destroy();
    const timer = setTimeout(() => link.destroy(), options.manners);
    const leave = (): void => {
      clearTimeout(timer);
      strangers.delete(link);
    };
    const listen = (): void => {
      const said: unknown = link.read(forwardKeyLength);
      if (said === null && !link.readableEnded) return;
      link.off("readable", listen);
      leave();
      const take = taker(said);
      if (take === undefined) link.destroy();
      else take(link);
    };
    link.on("readable", listen);
    link.once("close", leave);
    strangers.add(link);
    const [oldest] = strangers;
    if (strangers.size > maxStrangers) oldest?.destroy();
  });
  server.listen(at);
  await once(server, "listening");
  // A connection that cannot be taken is lost, and no other.
  server.on("error", () => undefined);
  // The directory is 0700 and the bottle's: whoever gets this far may connect.
  if ("path" in at) await chmod(at.path, 0o666);

  return {
    expect(came, key = newKey()) {
      const name = key.slice(0, nameLength);
      const forget = (): void => {
        clearTimeout(timer);
        expected.delete(name);
      };
      const take = (link: Socket | undefined): void => {
        forget();
        came(link);
      };
      const timer = setTimeout(() => take(undefined), options.patience);
      expected.set(name, { proof: Buffer.from(key.slice(nameLength), "latin1"), take });
      return { key, forget };
    },
    // What was taken is its taker's, and not waited for.
    [Symbol.dispose]() {
      server.close();
      for (const { take } of [...expected.values()]) take(undefined);
      for (const link of strangers) link.destroy();
    },
  };
}
