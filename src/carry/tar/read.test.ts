import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fields, padding, sumOf } from "./format.ts";
import type { EntryKind } from "./format.ts";
import { readTar } from "./read.ts";
import { TarError } from "./tar-error.ts";
import { archiveEnd, writeHead } from "./write-head.ts";

const limits = { bytes: 1024 ** 3, entries: 1000 };

function entry(
  kind: Exclude<EntryKind, "other">,
  path: string,
  more: { readonly content?: string; readonly to?: string; readonly modified?: number } = {},
): Buffer {
  const { content = "", to = "", modified = 1000 } = more;
  const head = writeHead({
    ...{ kind, path, mode: 0o640, size: content.length, modified, to, uid: 1, gid: 1 },
  });
  return Buffer.concat([
    head,
    Buffer.from(content, "latin1"),
    Buffer.alloc(padding(content.length)),
  ]);
}

const top = entry("folder", "top");

/** The same entry with a field of its head as nobody writes it, and its sum right. */
function odd(made: Buffer, field: keyof typeof fields, text: string): Buffer {
  const changed = Buffer.from(made);
  changed.write(text, fields[field][0], "latin1");
  changed.write(`${sumOf(changed).toString(8).padStart(6, "0")}\0 `, fields.sum[0], "latin1");
  return changed;
}

function pax(records: string): Buffer {
  return odd(entry("file", "pax", { content: records }), "type", "x");
}

async function* stream(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
}

async function read(...parts: readonly Buffer[]): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const { content, ...one } of readTar(stream([...parts, archiveEnd]), "top", limits)) {
    let whole = "";
    for await (const part of content) whole += part.toString("latin1");
    seen.push([one.kind, one.path, one.mode.toString(8), one.modified, one.to, whole].join(" "));
  }
  return seen;
}

describe("an archive", () => {
  it("is read as it was written, with names of every length and kind of byte", async () => {
    const name = fc
      .string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) })
      .map((text) => text.replaceAll("/", "_").slice(0, 255))
      .filter((text) => text !== "" && text !== "." && text !== "..");
    const file = fc.record({
      name,
      content: fc.string({ maxLength: 2000 }).map((text) => text.replaceAll(/[^ -~]/g, "x")),
      modified: fc.oneof(fc.integer({ min: 0, max: 2 ** 36 }), fc.constant(1_700_000_000)),
      to: name,
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: (one) => one.name }), async (files) => {
        const parts = files.map((one, index) =>
          index % 3 === 0
            ? entry("link", `top/${one.name}`, { to: one.to, modified: one.modified })
            : entry("file", `top/${one.name}`, one),
        );
        const told = files.map((one, index) =>
          index % 3 === 0
            ? ["link", one.name, "640", one.modified, one.to, ""].join(" ")
            : ["file", one.name, "640", one.modified, "", one.content].join(" "),
        );
        expect(await read(top, ...parts)).toEqual(told);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it("has sizes and times in pax records where a head has no room for them", async () => {
    const later = entry("file", "top/later", { modified: 2 ** 36 });
    expect(await read(top, later)).toEqual([`file later 640 ${2 ** 36}  `]);
    const records = "11 size=12\n18 mtime=1000.250\n";
    expect(
      await read(top, pax(records), entry("file", "top/x", { content: "x".repeat(12) })),
    ).toEqual([`file x 640 1000.25  ${"x".repeat(12)}`]);
  });
});

describe("a hostile archive is refused:", () => {
  const file = entry("file", "top/f", { content: "f" });
  const cases: readonly (readonly [string, readonly Buffer[], string])[] = [
    ["a name above its folder", [top, entry("file", "top/../x")], "a name that is none"],
    ["a name of another folder", [top, entry("file", "other/x")], "outside of its folder"],
    ["an absolute name", [top, entry("file", "/etc/passwd")], "outside of its folder"],
    [
      "a name below a link",
      [top, entry("link", "top/l", { to: "/etc" }), entry("file", "top/l/x")],
      "in no folder",
    ],
    ["a name below a file", [top, file, entry("file", "top/f/x")], "in no folder"],
    [
      "a name before its folder",
      [top, entry("file", "top/a/x"), entry("folder", "top/a")],
      "in no folder",
    ],
    ["a name that comes twice", [top, file, file], "comes twice"],
    [
      "a folder that becomes a link",
      [top, entry("folder", "top/a"), entry("link", "top/a", { to: "/" })],
      "comes twice",
    ],
    ["names with empty steps", [top, entry("file", "top//x")], "a name that is none"],
    [
      "a name that is too long",
      [top, entry("file", `top/${"n".repeat(256)}`)],
      "a name that is none",
    ],
    ["a path that is too long", [top, entry("file", `top/${"n/".repeat(2100)}x`)], "too long"],
    ["no folder at all", [], "nothing in it"],
    ["a root that is a link", [entry("link", "top", { to: "/etc" })], "a root that is no folder"],
    [
      "a hard link to outside",
      [top, entry("hard-link", "top/h", { to: "/etc/shadow" })],
      "outside of its folder",
    ],
    [
      "a hard link to what comes later",
      [top, entry("hard-link", "top/h", { to: "top/f" }), file],
      "not before it",
    ],
    [
      "a hard link to a folder",
      [top, entry("folder", "top/a"), entry("hard-link", "top/h", { to: "top/a" })],
      "not before it",
    ],
    ["a link to nothing", [top, entry("link", "top/l")], "a link to nowhere"],
    ["a wrong sum", [top, Buffer.from(file).fill("z", 0, 1)], "a wrong sum"],
    [
      "a size of base 256",
      [top, odd(file, "size", "\x80\0\0\0\0\0\0\0\0\0\0\x01")],
      "size is no number",
    ],
    ["a negative size", [top, odd(file, "size", "-0000000001\0")], "size is no number"],
    ["a size where nothing is", [top, odd(file, "type", "5")], "no content"],
    ["a size beyond all bounds", [top, odd(file, "size", "77777777777\0")], "more than"],
    [
      "a size that no number has",
      [top, pax("25 size=9999999999999999\n"), file],
      "size is no number",
    ],
    ["a file with holes of GNU's", [top, odd(entry("file", "top/s"), "type", "S")], "type"],
    ["a file with holes told by pax", [top, pax("22 GNU.sparse.major=1\n"), file], "holes"],
    ["a long name of GNU's", [top, odd(file, "type", "L")], "type"],
    ["a global pax head", [top, odd(file, "type", "g")], "type"],
    ["a head of GNU's", [top, odd(file, "magic", "ustar  \0")], "no head"],
    ["two pax heads", [top, pax("9 size=1\n"), pax("9 size=1\n"), file], "two pax heads"],
    ["a pax head at the end", [top, pax("9 size=1\n")], "of nothing"],
    ["a pax record twice", [top, pax("9 size=1\n9 size=1\n"), file], "comes twice"],
    ["a pax record that is longer than it", [top, pax("99 size=1\n"), file], "that is none"],
    ["a pax record without an end", [top, pax("9 size=1x"), file], "that is none"],
    ["a pax path that leads out", [top, pax("17 path=top/../x\n"), file], "a name that is none"],
    ["a pax path with a zero byte", [top, pax("14 path=top/\0\n"), file], "no path"],
    ["something after the end", [top, archiveEnd, file], "after its end"],
  ];
  it.for(cases)("%s", async ([, parts, why]) => {
    const reading = read(...parts);
    await expect(reading).rejects.toBeInstanceOf(TarError);
    await expect(reading).rejects.toThrow(why);
  });

  it("one that ends before its end", async () => {
    const whole = Buffer.concat([top, file, archiveEnd]);
    for (let end = 0; end < whole.length; end += 1) {
      const reading = (async () => {
        for await (const { content } of readTar(stream([whole.subarray(0, end)]), "top", limits))
          for await (const part of content) void part;
      })();
      await expect(reading, String(end)).rejects.toThrow("cut off");
    }
  });
});

describe("what is no file, folder or link", () => {
  it("is told as something else, and so is a second name of it", async () => {
    const pipe = odd(entry("file", "top/p"), "type", "6");
    const device = odd(entry("file", "top/d"), "type", "3");
    const link = entry("link", "top/l", { to: "x" });
    const second = (to: string): Buffer => entry("hard-link", `top/2${to}`, { to: `top/${to}` });
    const seen = await read(top, pipe, device, link, second("p"), second("l"));
    expect(seen.map((one) => one.split(" ").slice(0, 2).join(" "))).toEqual([
      ...["other p", "other d", "link l", "other 2p", "other 2l"],
    ]);
  });
});
