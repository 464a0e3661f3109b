/** A place for a unix socket: private, and taken from nobody. */
import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { ownFolder } from "./folder.ts";

/**
 * The path to listen at. A socket there that nobody listens at, and that is this user's own, goes first; anything else stays, and
 * is an error. The folder is private, so that nobody else can put something there in between, or reach the socket before its mode
 * is set.
 */
export async function clearSocket(path: string): Promise<string> {
  const clear = join(await ownFolder(dirname(path)), basename(path));
  const found = await lstat(clear).catch(() => undefined);
  if (found === undefined) return clear;
  if (!found.isSocket() || found.uid !== process.getuid?.())
    throw taken(path, "What is there is no socket of this user.", "Name another path.");
  if (await answers(clear))
    throw taken(path, "A program listens there.", "End it, or name another path.");
  await unlink(clear);
  return clear;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const done = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once("connect", () => done(true));
    // Only this says that nobody has it; a full backlog (EAGAIN) says the contrary.
    socket.once("error", ({ code }: NodeJS.ErrnoException) => done(code !== "ECONNREFUSED"));
  });
}

/** The place to listen at belongs to somebody else. */
export function taken(place: string, why: string, next: string): BottleError {
  return new BottleError({
    code: "E_GATEWAY_LISTEN",
    what: `The gateway cannot listen at ${place}.`,
    why,
    next,
  });
}
