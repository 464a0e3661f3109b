/**
 * Writes a bottle's transcript: what the agent wrote and when, as asciicast v2 (docs.asciinema.org/manual/asciicast/v2), one
 * JSON line a piece. Beside its `o` (output), `r` (resize) and `m` (marker) there is `e` for standard error.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { BottleError } from "../errors/error.ts";
import { recordWriteError } from "../errors/record-write.ts";

/** Characters of a whole transcript: a bottle must not fill the host's disk with its chatter. */
const maxTranscript = 256 * 1024 * 1024;
/** Characters that may wait for the disk before the agent waits as well. */
const maxWaiting = 1024 * 1024;
/** Milliseconds of output that become one line. */
const gather = 20;

export interface Transcript {
  /** Resolves when more may come. Never rejects: `failed` tells. */
  write(kind: "stdout" | "stderr", data: Buffer): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Writes what waits. */
  close(): Promise<void>;
  /** Resolves when the transcript lost something, as on a full disk; never while all is well. */
  readonly failed: Promise<BottleError>;
}

export interface TranscriptOptions {
  /** The record's folder. */
  readonly dir: string;
  readonly terminal: { readonly columns: number; readonly rows: number } | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since the epoch at which the run began. */
  readonly startedAt: number;
  /** Characters after which nothing more is written down; 256 MiB unless told. */
  readonly limit?: number;
}

export function transcriptPath(dir: string): string {
  return join(dir, "transcript.cast");
}

/** A bottle that is resumed goes on in the transcript it has. */
export async function openTranscript(options: TranscriptOptions): Promise<Transcript> {
  const { dir, terminal, startedAt } = options;
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const file = await open(transcriptPath(dir), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const { size } = await file.stat();
  const transcript = new File(file, options, size);
  if (size === 0)
    transcript.line({
      version: 2,
      width: terminal?.columns ?? 80,
      height: terminal?.rows ?? 24,
      timestamp: Math.floor(startedAt / 1000),
      ...(terminal === null ? { title: "a run without a terminal" } : {}),
    });
  else {
    const last = Buffer.alloc(1);
    await file.read(last, 0, 1, size - 1);
    // Whoever wrote before died within a line: it stays what it is, and is told as torn.
    if (last[0] !== 0x0a) transcript.text("\n");
    transcript.event("m", "resumed");
    if (terminal !== null) transcript.resize(terminal.columns, terminal.rows);
  }
  return transcript;
}

/** What is written to a file without a name is lost: as if there were no file (errno(3)). */
const removed: Error = Object.assign(new Error("the transcript was removed"), { code: "ENOENT" });

type Kind = "stdout" | "stderr";
const letters = { stdout: "o", stderr: "e" } as const;

class File implements Transcript {
  readonly failed: Promise<BottleError>;
  readonly #file: FileHandle;
  readonly #options: TranscriptOptions;
  /** A character may be cut between two pieces. */
  readonly #decoders: Readonly<Record<Kind, StringDecoder>> = {
    stdout: new StringDecoder("utf8"),
    stderr: new StringDecoder("utf8"),
  };
  readonly #fail: (error: BottleError) => void;
  #held: { readonly kind: Kind; readonly at: number; text: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #left: number;
  #state: "open" | "full" | "failed" | "closed" = "open";

  constructor(file: FileHandle, options: TranscriptOptions, size: number) {
    this.#file = file;
    this.#options = options;
    this.#left = (options.limit ?? maxTranscript) - size;
    let fail: (error: BottleError) => void = () => undefined;
    this.failed = new Promise((resolve) => (fail = resolve));
    this.#fail = fail;
  }

  async write(kind: Kind, data: Buffer): Promise<void> {
    if (this.#state !== "open") return;
    const text = this.#decoders[kind].write(data);
    if (this.#held !== undefined && this.#held.kind !== kind) this.#release();
    this.#held ??= { kind, at: this.#options.now(), text: "" };
    this.#held.text += text;
    this.#timer ??= setTimeout(() => this.#release(), gather);
    if (this.#held.text.length > maxWaiting / 4) this.#release();
    while (this.#waiting.length > maxWaiting && this.#writing !== undefined) await this.#writing;
  }

  resize(columns: number, rows: number): void {
    this.#release();
    this.event("r", `${columns}x${rows}`);
  }

  event(letter: string, text: string, at: number = this.#options.now()): void {
    const seconds = Math.max(0, Math.round(at - this.#options.startedAt)) / 1000;
    this.line([seconds, letter, text]);
  }

  line(value: object): void {
    this.text(`${JSON.stringify(value)}\n`);
  }

  text(text: string): void {
    if (this.#state !== "open") return;
    this.#left -= text.length;
    if (this.#left < 0) {
      this.#state = "full";
      this.#waiting += `${JSON.stringify([0, "m", "the transcript has reached its bound"])}\n`;
    } else this.#waiting += text;
    this.#writing ??= this.#flush();
  }

  async close(): Promise<void> {
    this.#release();
    if (this.#state === "open") this.#state = "closed";
    await this.#writing;
    await this.#file.close().catch(() => undefined);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && held.text !== "") this.event(letters[held.kind], held.text, held.at);
  }

  async #flush(): Promise<void> {
    // Lines of one turn of the event loop go out together.
    await Promise.resolve();
    try {
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#file.appendFile(text, "utf8");
        if ((await this.#file.stat()).nlink === 0) throw removed;
      }
    } catch (cause) {
      this.#state = "failed";
      this.#waiting = "";
      this.#fail(recordWriteError(cause));
    } finally {
      this.#writing = undefined;
    }
  }
}
