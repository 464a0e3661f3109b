/** Packet lines: what is read is the whole, in its order, and written it is read again as it was. */
import {
  delimiterPacket,
  flushPacket,
  GitFormatError,
  packet,
  readPackets,
} from "../../../src/credentials/git/pkt-line.ts";
import type { Packet } from "../../../src/credentials/git/pkt-line.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** Undefined: refused. */
function read(input: Buffer): readonly Packet[] | undefined {
  const packets = readPackets(input);
  const all: Packet[] = [];
  try {
    for (let next = packets.next(); next !== undefined; next = packets.next()) all.push(next);
  } catch (error) {
    hold(error instanceof GitFormatError, `threw ${String(error)}`);
    return undefined;
  }
  hold(packets.at === input.length, "it ends before the end");
  return all;
}

function written(one: Packet): Buffer {
  if (one.kind === "data") return packet(one.data);
  if (one.kind === "flush") return flushPacket;
  return one.kind === "delimiter" ? delimiterPacket : Buffer.from("0002", "latin1");
}

export const pktLineTarget: FuzzTarget = {
  name: "pkt-line",
  words: [
    "0000",
    "0001",
    "0002",
    "0003",
    "0004",
    "0005a",
    "fff0",
    "fff1",
    "ffff",
    "00A0",
    " 005",
    "\n",
  ],
  run(input) {
    const all = read(input);
    if (all === undefined) return;
    const again = Buffer.concat(all.map((one) => written(one)));
    // Digits may be upper case; nothing else can be written in two ways.
    hold(
      again.toString("latin1").toLowerCase() === input.toString("latin1").toLowerCase(),
      "what is written is not what was read",
    );
    hold(JSON.stringify(read(again)) === JSON.stringify(all), "it is read differently again");
  },
};
