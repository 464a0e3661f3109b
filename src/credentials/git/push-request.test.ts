import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flushPacket, GitFormatError, packet } from "./pkt-line.ts";
import { readPushRequest } from "./push-request.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);
const ref = "refs/heads/agent/x";
const capabilities = " report-status side-band-64k agent=git/2.39.5";

function request(lines: readonly string[], pack = "PACK"): Buffer {
  return Buffer.concat([
    ...lines.map((line) => packet(Buffer.from(line, "latin1"))),
    flushPacket,
    Buffer.from(pack),
  ]);
}

const first = `${a} ${b} ${ref}\0${capabilities}`;

describe("a push request", () => {
  it("is read with its refs, capabilities, shallow lines and pack", () => {
    const read = readPushRequest(
      request([`shallow ${b}\n`, `${first}\n`, `${b} ${a} refs/heads/agent/y\n`]),
    );
    expect(read).toMatchObject({
      commands: [
        { old: a, new: b, ref },
        { old: b, new: a, ref: "refs/heads/agent/y" },
      ],
      format: "sha1",
      shallow: [b],
      pack: Buffer.from("PACK"),
    });
    expect([...(read?.capabilities ?? [])]).toEqual(["report-status", "side-band-64k", "agent"]);
  });

  it("is read with ids of SHA-256 where it says so", () => {
    const [c, d] = ["c".repeat(64), "d".repeat(64)];
    const read = readPushRequest(
      request([`${c} ${d} ${ref}\0 report-status object-format=sha256`]),
    );
    expect(read).toMatchObject({ format: "sha256", commands: [{ old: c, new: d }] });
  });

  it("is a probe where it is a lone flush", () => {
    expect(readPushRequest(flushPacket)).toBeUndefined();
  });

  it.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["no flush", packet(first)],
    ["a pack without a ref", request([])],
    ["shallow lines without a ref", request([`shallow ${a}`], "")],
    ["a shallow line after a ref", request([first, `shallow ${a}`])],
    ["a delimiter", Buffer.concat([packet(first), Buffer.from("0001"), flushPacket])],
    ["a signed push", request([`push-cert\0${capabilities}\n`, "certificate version 0.1\n"])],
    ["a signed push in the second line", request([first, "push-cert\n"])],
    ["push options", request([`${a} ${b} ${ref}\0 report-status push-options`])],
    ["a capability that is not known", request([`${a} ${b} ${ref}\0 report-status allow-all`])],
    ["a capability with a value that has none", request([`${a} ${b} ${ref}\0 report-status=1`])],
    ["a capability twice", request([`${a} ${b} ${ref}\0 agent=a agent=b`])],
    ["an unknown object format", request([`${a} ${b} ${ref}\0 object-format=md5`])],
    ["ids of another format", request([`${a} ${b} ${ref}\0 object-format=sha256`])],
    ["ids of two formats", request([first, `${a} ${"b".repeat(64)} refs/heads/agent/y`])],
    ["an id in capitals", request([`${a.toUpperCase()} ${b} ${ref}\0${capabilities}`])],
    ["a short id", request([`${a.slice(1)} ${b} ${ref}\0${capabilities}`])],
    ["a ref twice", request([first, `${a} ${b} ${ref}`])],
    ["capabilities twice", request([first, `${a} ${b} refs/heads/agent/y\0${capabilities}`])],
    ["a second NUL", request([`${a} ${b} ${ref}\0 report-status\0x`])],
    ["a ref that climbs", request([`${a} ${b} refs/heads/agent/../main\0${capabilities}`])],
    ["a ref with a space", request([`${a} ${b} refs/heads/agent/x main\0${capabilities}`])],
    ["a ref with a line break", request([`${a} ${b} refs/heads/agent/x\nmain\0${capabilities}`])],
    ["a ref that is none", request([`${a} ${b} HEAD\0${capabilities}`])],
    ["no ref", request([`${a} ${b} \0${capabilities}`])],
    ["two spaces", request([`${a}  ${b} ${ref}\0${capabilities}`])],
    [
      "too many refs",
      request([first, ...Array.from({ length: 256 }, (_, n) => `${a} ${b} refs/heads/agent/${n}`)]),
    ],
    [
      "too many shallow lines",
      request([...Array.from({ length: 4097 }, () => `shallow ${a}`), first]),
    ],
  ])("is refused with %s", (_what, body) => {
    expect(() => readPushRequest(body)).toThrow(GitFormatError);
  });

  it("is read as git reads it or not at all, however a good one is changed", () => {
    const good = request([`${first}\n`, `${b} ${a} refs/heads/agent/y\n`], "");
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const body = Buffer.from(cut ? good.subarray(0, at) : good);
        if (!cut) body[at] = byte;
        try {
          for (const command of readPushRequest(body)?.commands ?? []) {
            expect(command.ref).toMatch(/^[\x21-\x7e\x80-\xff]+$/);
            expect(command.old + command.new).toMatch(/^[0-9a-f]{80}$/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(GitFormatError);
        }
      }),
      { seed: 20261124, numRuns: 3000 },
    );
  });
});
