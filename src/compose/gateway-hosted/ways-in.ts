/** Where the helper brings callers of the bottle's ports, on the gateway's side: the supervisor says which keys are good. */
import type { Duplex } from "node:stream";
import { waysBackPort } from "../../helper/protocol.ts";
import { passOn } from "../../helper/pass-on.ts";
import { openWayBack } from "../../ports/way-back.ts";
import type { ExpectedLink, OpenWayBack } from "../../ports/way-back.ts";
import type { FromProgram } from "./messages.ts";

export interface WaysIn {
  expect(stream: number, key: string): void;
  forget(stream: number): void;
}

export interface WaysInOptions {
  readonly address: string;
  readonly send: (message: FromProgram) => void;
  /** The supervisor's end of that number. */
  readonly far: (stream: number) => Duplex;
}

/** Listens from the first key on: a bottle without ports has no such listener. */
export function openWaysIn({ address, send, far }: WaysInOptions): WaysIn {
  const expected = new Map<number, ExpectedLink>();
  let opening: Promise<OpenWayBack> | undefined;

  const open = (): Promise<OpenWayBack> =>
    (opening ??= openWayBack({
      at: { host: address, port: waysBackPort },
      patience: 10_000,
      manners: 2_000,
    }));

  return {
    expect(stream, key) {
      open().then(
        (back) => {
          const link = back.expect((came) => {
            expected.delete(stream);
            send({ type: came === undefined ? "missed" : "came", stream });
            if (came !== undefined) passOn(came, far(stream));
          }, key);
          expected.set(stream, link);
        },
        () => send({ type: "missed", stream }),
      );
    },
    forget(stream) {
      expected.get(stream)?.forget();
      expected.delete(stream);
    },
  };
}
