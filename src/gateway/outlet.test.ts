import { once } from "node:events";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Outlet } from "./outlet.ts";

/** What a stream is given, write by write; several given at once are one entry of several. */
function recorder(): { readonly stream: Writable; readonly writes: string[][] } {
  const writes: string[][] = [];
  const stream = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      writes.push([chunk.toString("latin1")]);
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => (chunk as Buffer).toString("latin1")));
      done();
    },
  });
  return { stream, writes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("outlet", () => {
  it("writes a head with what comes in its turn at once, and what comes later by itself", async () => {
    const { stream, writes } = recorder();
    const outlet = new Outlet(stream);
    outlet.begin("head \xe9 ");
    expect(outlet.write(Buffer.from("body"))).toBe(true);
    expect(writes).toEqual([]);
    await turn();
    expect(writes).toEqual([["head \xe9 body"]]);
    outlet.write(Buffer.from("more"));
    expect(writes).toEqual([["head \xe9 body"], ["more"]]);
  });

  it("writes a head alone after its turn", async () => {
    const { stream, writes } = recorder();
    new Outlet(stream).begin("head");
    await turn();
    expect(writes).toEqual([["head"]]);
  });

  it("writes a small chunk as one, with its size before and its end after it", () => {
    const { stream, writes } = recorder();
    const outlet = new Outlet(stream);
    outlet.chunk(Buffer.from("0123456789abcdef"));
    expect(writes).toEqual([["10\r\n0123456789abcdef\r\n"]]);
    outlet.hold();
    outlet.chunk(Buffer.from("a"));
    outlet.write("0\r\n\r\n");
    outlet.release();
    expect(writes[1]).toEqual(["1\r\na\r\n0\r\n\r\n"]);
  });

  it("copies nothing that is long, and gives it on at once", () => {
    const { stream, writes } = recorder();
    const outlet = new Outlet(stream);
    const long = Buffer.alloc(20_000, "x");
    outlet.begin("head");
    outlet.write(long);
    expect(writes).toEqual([["head", long.toString()]]);
    outlet.chunk(long);
    outlet.release();
    expect(writes[1]).toEqual(["4e20\r\n", long.toString(), "\r\n"]);
  });

  it("says when to wait, also while it holds", async () => {
    const stream = new Writable({
      highWaterMark: 10,
      write: (_chunk, _encoding, done) => setImmediate(done),
    });
    const outlet = new Outlet(stream);
    expect(outlet.write(Buffer.alloc(20))).toBe(false);
    outlet.hold();
    expect(outlet.write(Buffer.alloc(1))).toBe(false);
    expect(outlet.release()).toBe(false);
    await once(stream, "drain");
    expect(outlet.release()).toBe(true);
  });
});
