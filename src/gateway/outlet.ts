/**
 * Writes to one socket. A head and the small body after it go out as one buffer: the copy costs less than a write of two
 * (writev; 1 µs of a small request's 36, measured), and over TLS it is one record.
 */
import type { Writable } from "node:stream";

/** Bytes that are copied together; more go to the kernel as they are. */
const mostJoined = 16 * 1024;

export class Outlet {
  readonly #socket: Writable;
  #held: (string | Buffer)[] | undefined;
  #size = 0;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** What follows goes out together, at `release` or as soon as it is much. */
  hold(): void {
    this.#held ??= [];
  }

  /** A head: what follows in the same turn goes out with it. */
  begin(head: string): void {
    this.hold();
    this.write(head);
    process.nextTick(this.release);
  }

  /** A string is one character for each byte. False: wait for `drain` before more. */
  write(part: string | Buffer): boolean {
    if (this.#held === undefined) return put(this.#socket, part);
    this.#held.push(part);
    this.#size += part.length;
    return this.#size < mostJoined ? !this.#socket.writableNeedDrain : this.#put(this.#held);
  }

  /** One chunk of a chunked body (RFC 9112 section 7.1). */
  chunk(part: Buffer): boolean {
    const alone = this.#held === undefined;
    const size = `${part.length.toString(16)}\r\n`;
    const held = (this.#held ??= []);
    held.push(size, part);
    this.#size += size.length + part.length;
    const more = this.write("\r\n");
    return alone ? this.release() : more;
  }

  /** False: wait for `drain`. */
  readonly release = (): boolean => {
    const parts = this.#held;
    if (parts === undefined) return !this.#socket.writableNeedDrain;
    const more = this.#put(parts);
    this.#held = undefined;
    return more;
  };

  #put(parts: readonly (string | Buffer)[]): boolean {
    const size = this.#size;
    const [first] = parts;
    if (first === undefined) return !this.#socket.writableNeedDrain;
    this.#held = [];
    this.#size = 0;
    if (parts.length === 1) return put(this.#socket, first);
    if (size < mostJoined) return this.#socket.write(joined(parts, size));
    let more = true;
    this.#socket.cork();
    for (const part of parts) more = put(this.#socket, part);
    this.#socket.uncork();
    return more;
  }
}

function put(socket: Writable, part: string | Buffer): boolean {
  return typeof part === "string" ? socket.write(part, "latin1") : socket.write(part);
}

function joined(parts: readonly (string | Buffer)[], size: number): Buffer {
  const all = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts)
    at += typeof part === "string" ? all.write(part, at, "latin1") : part.copy(all, at);
  return all;
}
