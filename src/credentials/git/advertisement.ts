/** What a server says of its refs before a push (gitprotocol-http(5), "Smart Server Response"), read and rewritten. */
import type { ObjectFormat } from "./object-id.ts";
import { formatOf } from "./object-id.ts";
import { flushPacket, GitFormatError, lineOf, packet, readPackets } from "./pkt-line.ts";

export interface Advertisement {
  /** Values by name; names as they came, latin1. */
  readonly refs: ReadonlyMap<string, string>;
  readonly format: ObjectFormat;
  readonly capabilities: readonly string[];
}

interface Parsed extends Advertisement {
  /** The lines before the refs: the service, and the version. */
  readonly before: readonly Buffer[];
  /** All lines about refs, the first without its capabilities. */
  readonly lines: readonly string[];
}

const mostRefs = 500_000;

/** Versions 0 and 1 of git-receive-pack; anything else throws `GitFormatError`. */
export function readAdvertisement(body: Buffer): Advertisement {
  return parse(body);
}

/**
 * As the bottle sees it: `no-thin` makes git send packs that stand alone, so that every base can be read; signed pushes
 * and push options are not offered, since they say things to the server that are not judged.
 */
export function rewriteAdvertisement(body: Buffer): Buffer {
  const { before, lines, capabilities } = parse(body);
  const offered = [
    ...capabilities.filter((word) => !/^(?:push-cert(?:=.*)?|push-options|no-thin)$/s.test(word)),
    "no-thin",
  ].join(" ");
  return Buffer.concat([
    ...before,
    ...lines.map((line, index) =>
      packet(Buffer.from(index === 0 ? `${line}\0${offered}\n` : `${line}\n`, "latin1")),
    ),
    flushPacket,
  ]);
}

function parse(body: Buffer): Parsed {
  const packets = readPackets(body);
  const next = (): Buffer | undefined => {
    const read = packets.next();
    if (read === undefined) throw new GitFormatError("the list of refs does not end");
    if (read.kind === "flush") return undefined;
    if (read.kind !== "data") throw new GitFormatError("a packet that no list of refs has");
    return read.data;
  };
  const service = next();
  if (service === undefined || lineOf(service) !== "# service=git-receive-pack")
    throw new GitFormatError("another service answered");
  if (next() !== undefined) throw new GitFormatError("no flush after the service");
  const before = [packet(service), flushPacket];
  let line = next();
  if (line !== undefined && lineOf(line) === "version 1") {
    before.push(packet(line));
    line = next();
  }
  const lines: string[] = [];
  let words: readonly string[] = [];
  for (; line !== undefined; line = next()) {
    const end = line.indexOf(0);
    if ((lines.length === 0) !== end >= 0) throw new GitFormatError("capabilities are misplaced");
    if (end >= 0)
      words = lineOf(line.subarray(end + 1))
        .split(" ")
        .filter((word) => word !== "");
    lines.push(end >= 0 ? line.toString("latin1", 0, end) : lineOf(line));
    if (lines.length > mostRefs) throw new GitFormatError("too many refs");
  }
  if (lines.length === 0) throw new GitFormatError("no capabilities");
  if (packets.next() !== undefined) throw new GitFormatError("something follows the list of refs");
  return { before, lines, capabilities: words, ...refsOf(lines, words) };
}

function refsOf(
  lines: readonly string[],
  words: readonly string[],
): Pick<Advertisement, "refs" | "format"> {
  const named = words.find((word) => word.startsWith("object-format="))?.slice(14) ?? "sha1";
  if (named !== "sha1" && named !== "sha256") throw new GitFormatError("an unknown object format");
  const refs = new Map<string, string>();
  for (const line of lines) {
    const [, id = "", name = ""] = /^(?:shallow )?([0-9a-f]+)(?: (.+))?$/s.exec(line) ?? [];
    if (formatOf(id) !== named) throw new GitFormatError("an object id is not one");
    // `.have` tells of other repositories' objects; `capabilities^{}` stands where there is no ref.
    if (line.startsWith("shallow ") || name === ".have" || name === "capabilities^{}") continue;
    if (name === "") throw new GitFormatError("a ref without a name");
    refs.set(name, id);
  }
  return { refs, format: named };
}
