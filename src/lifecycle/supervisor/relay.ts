/** What the agent writes, on its way to clients, screen and transcript: one piece after the other, in one order for all. */
import type { BottleStatus } from "../control.ts";
import { frameKinds } from "../frames.ts";
import type { FrameKind } from "../frames.ts";
import type { Clients, Scene } from "./clients.ts";
import type { ScreenHandle, TranscriptHandle } from "./deps.ts";

/** Bytes of output that a client which comes late to a run without a terminal is shown. */
const tailSize = 64 * 1024;

export interface RelayOptions {
  readonly clients: Clients;
  readonly state: () => BottleStatus["state"];
  /** Where the agent has a terminal: what stands on it. */
  readonly screen: ScreenHandle | undefined;
  /** Takes out of a terminal's bytes what would make it act; both screen and transcript get what is left. */
  readonly filter: (kind: "stdout" | "stderr", data: Buffer) => Buffer;
}

interface Piece {
  readonly kind: FrameKind;
  readonly data: Buffer;
}

export class Relay implements Scene {
  readonly terminal: boolean;
  readonly #options: RelayOptions;
  #transcript: TranscriptHandle | undefined;
  #tail: Piece[] = [];
  #tailSize = 0;
  #order: Promise<void> = Promise.resolve();

  constructor(options: RelayOptions) {
    this.#options = options;
    this.terminal = options.screen !== undefined;
  }

  /** From now on everything is written down. */
  record(transcript: TranscriptHandle): void {
    this.#transcript = transcript;
  }

  state(): BottleStatus["state"] {
    return this.#options.state();
  }

  /** Takes a piece; resolves when more may come. */
  push(kind: "stdout" | "stderr", data: Buffer): Promise<void> {
    const { clients, screen, filter } = this.#options;
    this.#order = this.#order.then(async () => {
      const clean = filter(kind, data);
      if (screen === undefined) this.#remember({ kind: frameKinds[kind], data });
      await Promise.all([
        clients.output(frameKinds[kind], data),
        screen?.write(clean),
        this.#transcript?.write(kind, clean),
      ]);
    });
    return this.#order;
  }

  resize(columns: number, rows: number): void {
    this.between(() => {
      this.#options.screen?.resize(columns, rows);
      this.#transcript?.resize(columns, rows);
    });
  }

  between(act: () => void): void {
    this.#order = this.#order.then(act);
  }

  replay(): readonly Piece[] {
    const { screen } = this.#options;
    return screen === undefined ? this.#tail : [{ kind: frameKinds.stdout, data: screen.replay() }];
  }

  /** Resolves when everything that was pushed has been handed on. */
  async settled(): Promise<void> {
    await this.#order;
  }

  #remember(piece: Piece): void {
    const data = piece.data.length > tailSize ? piece.data.subarray(-tailSize) : piece.data;
    // A copy: the piece may be a view of a much larger buffer.
    this.#tail.push({ kind: piece.kind, data: Buffer.from(data) });
    this.#tailSize += data.length;
    while (this.#tailSize > tailSize) this.#tailSize -= this.#tail.shift()?.data.length ?? 0;
  }
}
