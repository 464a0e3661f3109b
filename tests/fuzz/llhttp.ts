/** Node's own parser, strict: what most servers behind a gateway make of the same bytes. */
import { METHODS } from "node:http";
import { createRequire } from "node:module";

export interface Message {
  /** Of a request. */
  readonly method: string;
  readonly target: string;
  /** Of an answer. */
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly fields: readonly string[];
  body: string;
  /** It came to its end. */
  whole: boolean;
}

interface RawParser {
  initialize(type: number, resource: object, maxHeader: number, lenient: number): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
  [callback: number]: unknown;
}

interface ParserClass {
  new (): RawParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const common = createRequire(import.meta.url)("node:_http_common") as {
  readonly HTTPParser: ParserClass;
};

/** The parser says a number; which one, its version decides. */
function createMethodNames(): (number: number | undefined) => string {
  let names: Map<number, string> | undefined;
  const learn = (): Map<number, string> => {
    const known = new Map<number, string>();
    for (const name of METHODS) {
      const parser = requestParser();
      parser[common.HTTPParser.kOnHeadersComplete] = (...heard: readonly unknown[]) => {
        known.set(heard[3] as number, name);
        return 0;
      };
      parser.execute(Buffer.from(`${name} / HTTP/1.1\r\nHost: a\r\n\r\n`));
    }
    return known;
  };
  return (number) => (names ??= learn()).get(number ?? -1) ?? "";
}

function requestParser(): RawParser {
  const parser = new common.HTTPParser();
  parser.initialize(common.HTTPParser.REQUEST, {}, 1024 * 1024, 0);
  return parser;
}

const methodName: (number: number | undefined) => string = createMethodNames();

/** Every message in the bytes, as far as they can be read. */
export function parseWithNode(bytes: Buffer, kind: "request" | "answer"): readonly Message[] {
  const { HTTPParser } = common;
  const parser = new HTTPParser();
  parser.initialize(
    kind === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE,
    {},
    1024 * 1024,
    0,
  );
  const messages: Message[] = [];
  // More than 32 fields come in pieces, and so does everything behind a trailer.
  let early: string[] = [];
  let earlyTarget = "";
  parser[HTTPParser.kOnHeaders] = (fields: string[], target: string) => {
    early.push(...fields);
    earlyTarget += target;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    fields: string[] | undefined,
    method: number | undefined,
    target: string | undefined,
    status: number | undefined,
  ) => {
    messages.push({
      method: methodName(method),
      target: earlyTarget + (target ?? ""),
      status: status ?? 0,
      fields: [...early, ...(fields ?? [])],
      body: "",
      whole: false,
    });
    early = [];
    earlyTarget = "";
    return 0;
  };
  parser[HTTPParser.kOnBody] = (part: Buffer) => {
    const last = messages.at(-1);
    if (last !== undefined) last.body += part.toString("latin1");
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    const last = messages.at(-1);
    if (last !== undefined) last.whole = true;
    early = [];
    earlyTarget = "";
  };
  parser.execute(bytes);
  return messages;
}
