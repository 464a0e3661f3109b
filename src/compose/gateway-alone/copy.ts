/** The events once more, as lines of JSON for other programs. The record is what counts: here lines may be missing. */
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { AuditEvent } from "../../gateway/config.ts";

export interface EventCopy {
  readonly write: (event: AuditEvent) => void;
  close(): Promise<void>;
}

/** Bytes that wait for a slow reader; what comes beyond is left out. */
const mostWaiting = 8 * 1024 * 1024;

/** `-` is `stdout`; a file is appended to, mode 0600. */
export async function openCopy(
  where: string,
  stdout: Writable,
  say: (line: string) => void,
): Promise<EventCopy> {
  const stream =
    where === "-" ? stdout : (await open(where, "a", 0o600)).createWriteStream({ autoClose: true });
  let left = 0;
  let broken = false;
  stream.on("error", (error: Error) => {
    if (!broken) say(`events are no longer copied to ${where}: ${error.message}`);
    broken = true;
  });
  return {
    write(event) {
      if (broken || stream.writableLength > mostWaiting) {
        left += 1;
        return;
      }
      stream.write(`${JSON.stringify(event)}\n`);
    },
    async close() {
      if (left > 0) say(`${left} events were not copied to ${where}; the record has them`);
      if (stream === stdout) return;
      await new Promise<void>((resolve) => {
        stream.once("close", resolve);
        if (broken) resolve();
        else stream.end();
      });
    },
  };
}
