/** Pushes: what is accepted is what git's own server would make of it (git: builtin/receive-pack.c, read_head_info). */
import { GitFormatError, readPackets } from "../../../src/credentials/git/pkt-line.ts";
import { readPushRequest } from "../../../src/credentials/git/push-request.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

interface AsGit {
  readonly commands: readonly string[];
  readonly capabilities: string;
  readonly shallow: readonly string[];
  readonly pack: Buffer;
}

/** A packet loses one line break; it is a C string, whose end is a NUL; capabilities are those of any line. */
function asGit(input: Buffer): AsGit {
  const packets = readPackets(input);
  const commands: string[] = [];
  const shallow: string[] = [];
  const capabilities: string[] = [];
  for (let read = packets.next(); read?.kind === "data"; read = packets.next()) {
    const whole = read.data.toString("latin1").replace(/\n$/, "");
    const end = whole.indexOf("\0");
    const line = end < 0 ? whole : whole.slice(0, end);
    if (line.startsWith("shallow ")) {
      shallow.push(line.slice(8));
      continue;
    }
    if (end >= 0) capabilities.push(whole.slice(end + 1));
    commands.push(line);
  }
  const pack = input.subarray(packets.at);
  return { commands, capabilities: capabilities.join("|"), shallow, pack };
}

const id = "0123456789abcdef0123456789abcdef01234567";
const none = "0".repeat(40);

export const pushRequestTarget: FuzzTarget = {
  name: "push-request",
  words: [
    "0000",
    "0001",
    id,
    none,
    " refs/heads/agent/x",
    "refs/heads/main",
    "\0",
    "\0 report-status side-band-64k",
    " push-options",
    " atomic object-format=sha256",
    `0035shallow ${id}\n`,
    "push-cert\0 report-status",
    "\t",
    " agent=x",
    "../",
    "\n",
    ".lock",
    "@{",
    "PACK\0\0\0\x02",
  ],
  run(input) {
    let request;
    try {
      request = readPushRequest(input);
    } catch (error) {
      hold(error instanceof GitFormatError, `threw ${String(error)}`);
      return;
    }
    if (request === undefined) return hold(input.toString() === "0000", "it pushes something");
    const { commands, capabilities, shallow, pack } = request;
    const git = asGit(input);
    hold(
      git.commands.join("|") ===
        commands.map((one) => `${one.old} ${one.new} ${one.ref}`).join("|"),
      `git reads ${JSON.stringify(git.commands)}`,
    );
    hold(git.shallow.join("|") === shallow.join("|"), "git reads other shallow lines");
    hold(git.pack.equals(pack), "git reads another pack");
    // git looks for a word between spaces (git: connect.c, parse_feature_value).
    const words = git.capabilities.split(/[ \t\n]/).filter((word) => word !== "");
    hold(
      words.every((word) => capabilities.has(word.split("=")[0] as string)),
      `git is asked for ${JSON.stringify(words)}`,
    );
    hold(!/push-options|push-cert/.test(git.capabilities), "it asks for what nobody judges");
    const names = commands.map(({ ref }) => ref);
    hold(new Set(names).size === names.length, "a ref is there twice");
  },
};
