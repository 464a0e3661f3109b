import { describe, expect, it } from "vitest";
import { integer, namedBits, oid, time, tlv } from "./der.ts";

describe("DER", () => {
  it.each([
    ["short", 127, "047f"],
    ["one byte long", 128, "048180"],
    ["two bytes long", 256, "04820100"],
    ["three bytes long", 65_536, "0483010000"],
  ])("writes a %s length", (_name, size, head) => {
    expect(tlv(4, Buffer.alloc(size)).toString("hex").slice(0, head.length)).toBe(head);
  });

  it.each([
    ["00", "020100"],
    ["7f", "02017f"],
    ["80", "02020080"],
    ["00ff", "020200ff"],
    ["0000017f", "0202017f"],
  ])("writes the integer %s", (bytes, der) => {
    expect(integer(Buffer.from(bytes, "hex")).toString("hex")).toBe(der);
  });

  it.each([
    ["2.5.29.14", "0603551d0e"],
    ["1.2.840.10045.4.3.2", "06082a8648ce3d040302"],
  ])("writes the object identifier %s", (dotted, der) => {
    expect(oid(dotted).toString("hex")).toBe(der);
  });

  it("writes named bits without trailing zeros", () => {
    expect(namedBits(0).toString("hex")).toBe("03020780");
    expect(namedBits(5).toString("hex")).toBe("03020204");
    expect(namedBits(0, 8).toString("hex")).toBe("0303078080");
  });

  it("writes years from 2050 on with four digits", () => {
    expect(time(new Date("2049-12-31T23:59:59Z")).toString("latin1", 2)).toBe("491231235959Z");
    expect(time(new Date("2050-01-01T00:00:00.5Z")).toString("latin1", 2)).toBe("20500101000000Z");
  });
});
