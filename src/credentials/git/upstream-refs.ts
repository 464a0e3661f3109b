/** What the server itself says of its refs and of its commits, asked by the gateway with its own credential. */
import type { Ask, Question } from "../../gateway/config.ts";
import type { Advertisement } from "./advertisement.ts";
import { readAdvertisement } from "./advertisement.ts";
import type { History } from "./ancestry.ts";
import { parentsOf } from "./commit.ts";
import type { ObjectFormat } from "./object-id.ts";
import { readPack } from "./pack.ts";
import {
  delimiterPacket,
  flushPacket,
  GitFormatError,
  lineOf,
  packet,
  readPackets,
} from "./pkt-line.ts";

/** Bytes of an answer: half a million refs, or the commits of years. */
const longestAnswer = 32 * 1024 * 1024;

const mostWants = 512;

/** The server does not say; whoever asks takes it as a no. */
export class Unknown extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Unknown";
  }
}

/** `repository`: the path of its URL. */
export function askRefs(ask: Ask, repository: string): Promise<Advertisement> {
  return orUnknown(async () => {
    const target = `${repository}/info/refs?service=git-receive-pack`;
    return readAdvertisement(await asked(ask, { method: "GET", target, fields: [] }));
  });
}

export interface CommitQuestion {
  readonly ask: Ask;
  readonly repository: string;
  readonly format: ObjectFormat;
  readonly wants: readonly string[];
  /** The server leaves out what is reachable from here; without it, it sends `wants` alone. */
  readonly have: string | undefined;
}

/** Commits that the server has, by fetch of protocol v2 (gitprotocol-v2(5), "fetch"). */
export function askCommits(question: CommitQuestion): Promise<History> {
  return orUnknown(async () => {
    const { ask, repository, format, wants, have } = question;
    if (wants.length > mostWants) throw new Unknown("too many commits to ask the server about");
    const offered = await askFeatures(ask, repository);
    const lines = [
      "no-progress",
      "ofs-delta",
      // Without it the server sends trees and files too, and the limit is reached earlier.
      ...(offered.has("filter") ? ["filter tree:0"] : []),
      ...wants.map((id) => `want ${id}`),
      have === undefined ? "deepen 1" : `have ${have}`,
      "done",
    ];
    const body = await asked(ask, {
      method: "POST",
      target: `${repository}/git-upload-pack`,
      fields: [
        ["content-type", "application/x-git-upload-pack-request"],
        ["accept", "application/x-git-upload-pack-result"],
        ["git-protocol", "version=2"],
      ],
      body: Buffer.concat([
        packet("command=fetch\n"),
        ...(offered.has("object-format") ? [packet(`object-format=${format}\n`)] : []),
        delimiterPacket,
        ...lines.map((line) => packet(`${line}\n`)),
        flushPacket,
      ]),
    });
    const history = new Map<string, readonly string[]>();
    await readPack(packOf(body), format, ({ id, type, data }) => {
      if (type === "commit") history.set(id, parentsOf(data, format));
    });
    return history;
  });
}

async function asked(ask: Ask, question: Omit<Question, "limit">): Promise<Buffer> {
  const { status, body } = await ask({ ...question, limit: longestAnswer });
  if (status !== 200) throw new Unknown(`the server answered ${status} when asked`);
  return body;
}

/** What cannot be read says nothing, and neither does a server that does not answer. */
async function orUnknown<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unknown) throw error;
    const why = error instanceof GitFormatError ? `, ${error.message}` : "";
    throw new Unknown(`the server did not answer as git does${why}`);
  }
}

/** Features of `fetch`, and `object-format` where the server speaks of it; throws where it does not speak v2. */
async function askFeatures(ask: Ask, repository: string): Promise<ReadonlySet<string>> {
  const target = `${repository}/info/refs?service=git-upload-pack`;
  const fields = [["git-protocol", "version=2"]] as const;
  const packets = readPackets(await asked(ask, { method: "GET", target, fields }));
  const words: string[] = [];
  for (let read = packets.next(); read !== undefined; read = packets.next())
    if (read.kind === "data" && words.push(lineOf(read.data)) > 256) break;
  const start = words[0] === "# service=git-upload-pack" ? 1 : 0;
  const fetch = words.find((word) => word === "fetch" || word.startsWith("fetch="));
  if (words[start] !== "version 2" || fetch === undefined)
    throw new Unknown("the server does not speak protocol v2");
  const format = words.some((word) => word.startsWith("object-format=")) ? ["object-format"] : [];
  return new Set([...fetch.slice(6).split(" "), ...format]);
}

/** The pack of a v2 answer: what follows the line `packfile`, in band 1. */
function packOf(body: Buffer): Buffer {
  const packets = readPackets(body);
  for (let read = packets.next(); ; read = packets.next()) {
    if (read === undefined) throw new Unknown("the server sent no commits");
    if (read.kind === "data" && lineOf(read.data) === "packfile") break;
  }
  const parts: Buffer[] = [];
  for (let read = packets.next(); read?.kind === "data"; read = packets.next()) {
    if (read.data[0] === 1) parts.push(read.data.subarray(1));
    else if (read.data[0] !== 2) throw new Unknown("the server could not send the commits");
  }
  return Buffer.concat(parts);
}
