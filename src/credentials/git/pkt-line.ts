/** Git's packet lines: four hex digits of length, then data (gitprotocol-common(5), "pkt-line Format"). */

/** What a packet's length says that is shorter than its own four digits: `0000`, `0001`, `0002` (gitprotocol-v2(5)). */
export type Packet =
  | { readonly kind: "data"; readonly data: Buffer }
  | { readonly kind: "flush" | "delimiter" | "end" };

/** LARGE_PACKET_MAX of git, with its four digits. */
const longestPacket = 65_520;

/** A text that is not what the git protocol allows: nothing of it is used. */
export class GitFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GitFormatError";
  }
}

export interface PacketReader {
  /** Bytes read so far. */
  readonly at: number;
  /** Undefined at the end of the data; throws on anything that is no packet line. */
  next(): Packet | undefined;
}

export function readPackets(data: Buffer): PacketReader {
  let at = 0;
  return {
    get at() {
      return at;
    },
    next() {
      if (at === data.length) return undefined;
      const digits = data.toString("latin1", at, at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new GitFormatError("a packet has no length");
      const length = Number.parseInt(digits, 16);
      if (length === 0 || length === 1 || length === 2) {
        at += 4;
        return { kind: length === 0 ? "flush" : length === 1 ? "delimiter" : "end" };
      }
      if (length < 4 || length > longestPacket || at + length > data.length)
        throw new GitFormatError("a packet has a wrong length");
      const packet = { kind: "data", data: data.subarray(at + 4, at + length) } as const;
      at += length;
      return packet;
    },
  };
}

/** One packet line; throws for more than git takes. */
export function packet(data: Buffer | string): Buffer {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  if (bytes.length + 4 > longestPacket) throw new GitFormatError("a packet is too long");
  const digits = (bytes.length + 4).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(digits, "latin1"), bytes]);
}

export const flushPacket: Buffer = Buffer.from("0000", "latin1");
export const delimiterPacket: Buffer = Buffer.from("0001", "latin1");

/** The text of a packet without the line break that may end it (gitprotocol-common(5)). */
export function lineOf(data: Buffer): string {
  const end = data.at(-1) === 0x0a ? data.length - 1 : data.length;
  return data.toString("latin1", 0, end);
}
