/** The request body of git-receive-pack up to the pack (gitprotocol-pack(5), "Reference Update Request"). */
import { GitFormatError, lineOf, readPackets } from "./pkt-line.ts";
import type { ObjectFormat } from "./object-id.ts";
import { formatOf } from "./object-id.ts";
import { isRefName } from "./ref-name.ts";

export interface RefCommand {
  readonly old: string;
  readonly new: string;
  readonly ref: string;
}

export interface PushRequest {
  readonly commands: readonly RefCommand[];
  readonly format: ObjectFormat;
  /** Names that were asked for: `report-status`, `side-band-64k`. */
  readonly capabilities: ReadonlySet<string>;
  /** Commits at which the client's history is cut. */
  readonly shallow: readonly string[];
  /** What follows the flush; empty if nothing does. */
  readonly pack: Buffer;
}

/** More refs than a person pushes, fewer than would cost time. */
const mostCommands = 256;
const mostShallow = 4096;

/** Capabilities of gitprotocol-capabilities(5) that change nothing about which objects go where. */
const known: ReadonlySet<string> = new Set([
  "report-status",
  "report-status-v2",
  "side-band-64k",
  "quiet",
  "atomic",
  "ofs-delta",
  "delete-refs",
  "no-thin",
]);
/** … and those with a value. */
const knownWithValue: ReadonlySet<string> = new Set(["agent", "session-id", "object-format"]);

/** Undefined for the probe that git sends before a long push: a lone flush. Throws `GitFormatError` for what is no push. */
export function readPushRequest(body: Buffer): PushRequest | undefined {
  const packets = readPackets(body);
  const commands: RefCommand[] = [];
  const shallow: string[] = [];
  let asked: Capabilities | undefined;
  for (;;) {
    const packet = packets.next();
    if (packet === undefined) throw new GitFormatError("the list of refs does not end");
    if (packet.kind === "flush") break;
    if (packet.kind !== "data") throw new GitFormatError("a packet that no push has");
    const { line, capabilities } = split(packet.data, asked === undefined);
    if (line.startsWith("shallow ")) {
      if (commands.length > 0) throw new GitFormatError("a shallow line after the refs");
      if (shallow.push(idOf(line.slice(8))) > mostShallow)
        throw new GitFormatError("too many shallow lines");
      continue;
    }
    if (line.startsWith("push-cert")) throw new GitFormatError("signed pushes are not taken");
    asked ??= readCapabilities(capabilities ?? "");
    if (commands.push(commandOf(line)) > mostCommands) throw new GitFormatError("too many refs");
  }
  const pack = body.subarray(packets.at);
  if (asked === undefined) {
    if (pack.length > 0 || shallow.length > 0) throw new GitFormatError("a push without a ref");
    return undefined;
  }
  const { names, format } = asked;
  if (new Set(commands.map(({ ref }) => ref)).size < commands.length)
    throw new GitFormatError("a ref is there twice");
  const ids = [...commands.flatMap((command) => [command.old, command.new]), ...shallow];
  if (ids.some((id) => formatOf(id) !== format))
    throw new GitFormatError(`an object id is not of ${format}`);
  return { commands, format, capabilities: names, shallow, pack };
}

/** The capabilities stand behind a NUL on the first command, which shallow lines come before. */
function split(
  data: Buffer,
  first: boolean,
): { readonly line: string; readonly capabilities: string | undefined } {
  const end = data.indexOf(0);
  if (end < 0) return { line: lineOf(data), capabilities: undefined };
  if (!first || data.subarray(end + 1).includes(0)) throw new GitFormatError("a NUL in a ref");
  return { line: data.toString("latin1", 0, end), capabilities: lineOf(data.subarray(end + 1)) };
}

function commandOf(line: string): RefCommand {
  const [, old, next, ref] = /^([0-9a-f]+) ([0-9a-f]+) ([^ ]+)$/.exec(line) ?? [];
  if (old === undefined || next === undefined || ref === undefined)
    throw new GitFormatError("a line that updates no ref");
  if (!isRefName(ref)) throw new GitFormatError("a ref's name is not one that git takes");
  return { old: idOf(old), new: idOf(next), ref };
}

function idOf(text: string): string {
  if (formatOf(text) === undefined) throw new GitFormatError("an object id is not one");
  return text;
}

interface Capabilities {
  readonly names: ReadonlySet<string>;
  readonly format: ObjectFormat;
}

function readCapabilities(text: string): Capabilities {
  const names = new Set<string>();
  let format: ObjectFormat = "sha1";
  for (const word of text.split(" ").filter((part) => part !== "")) {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!(equals < 0 ? known : knownWithValue).has(name))
      throw new GitFormatError(
        /^[\w-]{1,40}$/.test(name) ? `the capability ${name} is not taken` : "an odd capability",
      );
    if (names.has(name)) throw new GitFormatError("a capability is there twice");
    names.add(name);
    if (name !== "object-format") continue;
    const value = word.slice(equals + 1);
    if (value !== "sha1" && value !== "sha256")
      throw new GitFormatError("an object format that is not known");
    format = value;
  }
  return { names, format };
}
