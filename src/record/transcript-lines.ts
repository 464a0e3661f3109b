/** Reads a transcript back, event by event, at bounded memory, whatever is in the file. */
import { constants, createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { missing, recordPaths, unreadable } from "./paths.ts";
import { transcriptPath } from "./transcript.ts";

/** Bytes; no line of ours is nearly as long. */
const maxLine = 8 * 1024 * 1024;

export type TranscriptEvent =
  | {
      readonly kind: "stdout" | "stderr" | "marker" | "resize";
      /** Seconds since its run began; a run that resumes the bottle counts anew. */
      readonly at: number;
      readonly text: string;
    }
  /** Whoever wrote it died within the line, or something else wrote to the file. */
  | { readonly kind: "torn"; readonly line: number };

const kinds = { o: "stdout", e: "stderr", m: "marker", r: "resize" } as const;

export interface TranscriptOptions {
  readonly stateHome: string;
  readonly id: string;
  /** Byte to go on from; `onRead` told it. */
  readonly from?: number;
  /** Hears after each event where the next one begins. */
  readonly onRead?: (next: number) => void;
  /** The bottle may still be writing: an unfinished last line is left for later, not torn. */
  readonly live?: boolean;
}

/** Throws if there is no transcript. No link is followed. */
export async function* transcriptEvents(
  options: TranscriptOptions,
): AsyncGenerator<TranscriptEvent> {
  const { from = 0, onRead = () => undefined, live = false } = options;
  const path = transcriptPath(recordPaths(options.stateHome, options.id).dir);
  const file = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw unreadable(path, String(error));
    throw missing(
      options.stateHome,
      `There is no transcript of ${options.id}.`,
      "Its record is not there, or the agent never ran.",
    );
  });
  let held: Buffer = Buffer.alloc(0);
  let position = from;
  let number = 0;
  for await (const piece of createReadStream("", { fd: file, start: from, autoClose: true })) {
    held = held.length === 0 ? (piece as Buffer) : Buffer.concat([held, piece as Buffer]);
    for (let cut = held.indexOf(0x0a); cut >= 0; cut = held.indexOf(0x0a)) {
      const line = held.subarray(0, cut);
      held = held.subarray(cut + 1);
      position += cut + 1;
      number += 1;
      const event = read(line, number, from === 0);
      if (event !== undefined) yield event;
      onRead(position);
    }
    if (held.length > maxLine) break;
  }
  if (held.length > 0 && !live) yield { kind: "torn", line: number + 1 };
}

/** The header is no event. */
function read(line: Buffer, number: number, header: boolean): TranscriptEvent | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    if (!Array.isArray(value)) {
      if (header && number === 1) return undefined;
      return { kind: "torn", line: number };
    }
    const [at, letter, text] = value as readonly unknown[];
    if (typeof at !== "number" || typeof text !== "string" || typeof letter !== "string")
      return { kind: "torn", line: number };
    const kind = Object.hasOwn(kinds, letter) ? kinds[letter as keyof typeof kinds] : undefined;
    return kind === undefined ? undefined : { kind, at, text };
  } catch {
    return { kind: "torn", line: number };
  }
}
