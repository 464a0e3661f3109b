/**
 * What supervisor and keeper say to each other: one JSON object a line, the order first. The keeper is the one program of ours
 * beside an engine; it shares the engine's sandbox.
 */

/** Where things are in the sandbox. */
export const inside: {
  readonly keeper: string;
  readonly program: string;
  readonly node: string;
  readonly scratch: string;
} = {
  keeper: "/run/engine/keeper.js",
  program: "/run/engine/program",
  node: "/run/engine/node",
  scratch: "/run/engine/scratch",
};

/** Bytes of one line: a text of 512 KiB whose every byte JSON writes as six, and what is around it. */
export const longestLine: number = 4 * 1024 * 1024;

export interface KeeperOrder {
  readonly type: "order";
  /** The engine's settings but for ports and token, which nobody else has to know. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The engine is asked for verdicts. */
  readonly verdicts: boolean;
}

export type KeeperRequest =
  | KeeperOrder
  | {
      readonly type: "ask";
      readonly id: number;
      readonly kind: "url" | "text";
      readonly data: string;
    };

export type KeeperMessage =
  /** `port`: where its proxy listens. */
  | { readonly type: "ready"; readonly port: number; readonly version: string }
  | {
      readonly type: "verdict";
      readonly id: number;
      readonly allowed: boolean;
      readonly finding: string;
    }
  /** There is no verdict. */
  | { readonly type: "none"; readonly id: number; readonly why: string }
  /** A line of the engine's log that says something to the owner. */
  | { readonly type: "event"; readonly name: string; readonly detail: string }
  /** The last: the engine is no more. */
  | { readonly type: "gone"; readonly why: string };
