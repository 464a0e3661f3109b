/** What the server itself says of its refs and of its commits, asked by the gateway with its own credential. */
import type { Ask } from "../../gateway/config.ts";
import type { Advertisement } from "./advertisement.ts";
import { readAdvertisement } from "./advertisement.ts";
import type { History } from "./ancestry.ts";
import { parentsOf } from "./commit.ts";
import type { ObjectFormat } from "./object-id.ts";
import { readPack } from "./pack.ts";
import { delimiterPacket, flushPacket, GitFormatError, lineOf, packet, readPackets } from "./pkt-line.ts";

/** Bytes of an answer: half a million refs, or the commits of years. */
const longestAnswer = 32 * 1024 * 1024;

/** The server does not say; whoever asks takes it as a no. */
export class Unknown extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Unknown";
  }
}

/** `repository`: the path of its URL. */
export async function askRefs(ask: Ask, repository: string): Promise<Advertisement> {
  const { status, body } = await ask({
    method: "GET",
    target: `${repository}/info/refs?service=git-receive-pack`,
    fields: [["accept", "*/*"]],
    limit: longestAnswer,
  });
  if (status !== 200) throw new Unknown(`the server answered ${status} when asked for its refs`);
  return readAdvertisement(body);
}

/** Commits reachable from `wants` and not from `haves`, by fetch of protocol v2 (gitprotocol-v2(5), "fetch"). */
export async function askCommits(
  ask: Ask,
  repository: string,
  format: ObjectFormat,
  wants: readonly string[],
  haves: readonly string[],
): Promise<History> {
  const filters = await askFilter(ask, repository);
  const lines = [
    "no-progress",
    "ofs-delta",
    // Without it the server sends trees and files too, and the limit is reached earlier.
    ...(filters ? ["filter tree:0"] : []),
    ...wants.map((id) => `want ${id}`),
    ...haves.map((id) => `have ${id}`),
    "done",
  ];
  const { status, body } = await ask({
    method: "POST",
    target: `${repository}/git-upload-pack`,
    fields: [
      ["content-type", "application/x-git-upload-pack-request"],
      ["accept", "application/x-git-upload-pack-result"],
      ["git-protocol", "version=2"],
    ],
    body: Buffer.concat([
      packet("command=fetch\n"),
      packet(`object-format=${format}\n`),
      delimiterPacket,
      ...lines.map((line) => packet(`${line}\n`)),
      flushPacket,
    ]),
    limit: longestAnswer,
  });
  if (status !== 200) throw new Unknown(`the server answered ${status} when asked for commits`);
  const history = new Map<string, readonly string[]>();
  await readPack(packOf(body), format, ({ id, type, data }) => {
    if (type === "commit") history.set(id, parentsOf(data, format));
  });
  return history;
}

/** Whether the server can leave trees and files out; throws where it does not speak v2. */
async function askFilter(ask: Ask, repository: string): Promise<boolean> {
  const { status, body } = await ask({
    method: "GET",
    target: `${repository}/info/refs?service=git-upload-pack`,
    fields: [["git-protocol", "version=2"]],
    limit: longestAnswer,
  });
  if (status !== 200) throw new Unknown(`the server answered ${status} when asked what it can`);
  const packets = readPackets(body);
  const words: string[] = [];
  for (let read = packets.next(); read !== undefined; read = packets.next())
    if (read.kind === "data" && words.push(lineOf(read.data)) > 256) break;
  const start = words[0] === "# service=git-upload-pack" ? 1 : 0;
  const fetch = words.find((word) => word === "fetch" || word.startsWith("fetch="));
  if (words[start] !== "version 2" || fetch === undefined)
    throw new Unknown("the server does not speak protocol v2");
  return fetch.slice(6).split(" ").includes("filter");
}

/** The pack of a v2 answer: the section `packfile`, band 1. */
function packOf(body: Buffer): Buffer {
  const packets = readPackets(body);
  const first = packets.next();
  if (first?.kind !== "data" || lineOf(first.data) !== "packfile")
    throw new GitFormatError("the server's answer holds no pack");
  const parts: Buffer[] = [];
  for (let read = packets.next(); read?.kind === "data"; read = packets.next()) {
    if (read.data[0] === 1) parts.push(read.data.subarray(1));
    else if (read.data[0] !== 2) throw new Unknown("the server could not send the commits");
  }
  return Buffer.concat(parts);
}
