/** Reads an audit log line by line at bounded memory, whatever is in the file. */
import { constants, createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { maxAuditLine } from "./chain.ts";
import { missing, recordPaths, unreadable } from "./paths.ts";

export interface AuditFileLine {
  /** Without its newline; empty if it is longer than any line of ours. */
  readonly bytes: Buffer;
  /** False for a last line without newline. */
  readonly whole: boolean;
}

/** The log of one run, the first unless told. Throws if there is no log. No link is followed. */
export async function* auditLines(options: {
  readonly stateHome: string;
  readonly id: string;
  readonly run?: number;
}): AsyncGenerator<AuditFileLine> {
  const path = recordPaths(options.stateHome, options.id, options.run).audit;
  const file = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw unreadable(path, String(error));
    throw missing(
      options.stateHome,
      `There is no audit log of ${options.id}.`,
      "Its record is not there, or the log was taken out of it.",
    );
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
