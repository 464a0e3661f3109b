/** Reads an audit log line by line at bounded memory, whatever is in the file. */
import { constants, createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";
import { maxAuditLine } from "./chain.ts";

export interface AuditFileLine {
  /** Without its newline; empty if it is longer than any line of ours. */
  readonly bytes: Buffer;
  /** False for a last line without newline. */
  readonly whole: boolean;
}

/** Throws if there is no log. No link is followed. */
export async function* auditLines(path: string): AsyncGenerator<AuditFileLine> {
  const file = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: unknown) => {
    throw new BottleError({
      code: "E_RECORD_MISSING",
      what: "There is no audit log of this bottle.",
      why: String(error),
      next: "See `bottle ps --all`.",
    });
  });
  let held: Buffer = Buffer.alloc(0);
  let tooLong = false;
  for await (const piece of createReadStream("", { fd: file, autoClose: true })) {
    let chunk = piece as Buffer;
    for (let newline = chunk.indexOf(0x0a); newline >= 0; newline = chunk.indexOf(0x0a)) {
      const bytes = tooLong ? Buffer.alloc(0) : Buffer.concat([held, chunk.subarray(0, newline)]);
      yield { bytes, whole: true };
      held = Buffer.alloc(0);
      tooLong = false;
      chunk = chunk.subarray(newline + 1);
    }
    tooLong ||= held.length + chunk.length > maxAuditLine;
    held = tooLong ? Buffer.alloc(0) : Buffer.concat([held, chunk]);
  }
  if (tooLong || held.length > 0) yield { bytes: held, whole: false };
}
