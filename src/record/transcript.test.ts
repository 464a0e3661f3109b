import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordPaths } from "./paths.ts";
import { transcriptEvents } from "./transcript-lines.ts";
import type { TranscriptEvent } from "./transcript-lines.ts";
import { openTranscript, transcriptPath } from "./transcript.ts";
import type { Transcript } from "./transcript.ts";

const id = "shell-abcde";
let stateHome: string;
let dir: string;

beforeEach(async () => {
  stateHome = mkdtempSync(join(tmpdir(), "transcript-test-"));
  ({ dir } = recordPaths(stateHome, id));
  await mkdir(dir, { recursive: true });
});

afterEach(() => rmSync(stateHome, { recursive: true, force: true }));

function open(limit?: number): Promise<Transcript> {
  return openTranscript({
    dir,
    terminal: { columns: 90, rows: 30 },
    startedAt: 1_000_000,
    now: () => 1_001_500,
    ...(limit === undefined ? {} : { limit }),
  });
}

async function events(
  options: { from?: number; live?: boolean } = {},
): Promise<readonly TranscriptEvent[]> {
  const found: TranscriptEvent[] = [];
  for await (const event of transcriptEvents({ stateHome, id, ...options })) found.push(event);
  return found;
}

describe("a transcript", () => {
  it("is asciicast v2, private, and tells output from errors", async () => {
    const transcript = await open();
    await transcript.write("stdout", Buffer.from("out"));
    await transcript.write("stderr", Buffer.from("err"));
    transcript.resize(100, 40);
    await transcript.close();
    const [header, ...lines] = readFileSync(transcriptPath(dir), "utf8").trim().split("\n");
    expect(JSON.parse(header ?? "")).toEqual({
      version: 2,
      width: 90,
      height: 30,
      timestamp: 1000,
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      [1.5, "o", "out"],
      [1.5, "e", "err"],
      [1.5, "r", "100x40"],
    ]);
    expect(statSync(transcriptPath(dir)).mode & 0o777).toBe(0o600);
  });

  it("keeps a character whole that is cut between two pieces", async () => {
    const transcript = await open();
    const bytes = Buffer.from("ä漢😀", "utf8");
    for (const byte of bytes) await transcript.write("stdout", Buffer.from([byte]));
    await transcript.close();
    const text = (await events()).map((event) => ("text" in event ? event.text : "?")).join("");
    expect(text).toBe("ä漢😀");
  });

  it("loses nothing of much output that comes faster than the disk takes it", async () => {
    const transcript = await open();
    const piece = Buffer.alloc(60_000, "x");
    for (let count = 0; count < 300; count += 1) await transcript.write("stdout", piece);
    await transcript.close();
    const size = (await events()).reduce(
      (sum, event) => sum + ("text" in event ? event.text.length : 0),
      0,
    );
    expect(size).toBe(18_000_000);
  });

  it("ends at its bound, and says so", async () => {
    const transcript = await open(5_000);
    for (let count = 0; count < 10; count += 1) {
      await transcript.write("stdout", Buffer.alloc(400_000, "x"));
    }
    await transcript.close();
    expect((await events()).at(-1)).toMatchObject({
      kind: "marker",
      text: "the transcript has reached its bound",
    });
    expect(statSync(transcriptPath(dir)).size).toBeLessThan(10_000);
  });

  it("goes on after a run that died within a line, and the torn line is told", async () => {
    const first = await open();
    await first.write("stdout", Buffer.from("one"));
    await first.close();
    appendFileSync(transcriptPath(dir), '[2.5,"o","half');
    expect((await events()).at(-1)).toEqual({ kind: "torn", line: 3 });
    expect((await events({ live: true })).map(({ kind }) => kind)).toEqual(["stdout"]);
    const second = await open();
    await second.write("stdout", Buffer.from("two"));
    await second.close();
    expect((await events()).map((event) => ("text" in event ? event.text : event.kind))).toEqual([
      "one",
      "torn",
      "resumed",
      "90x30",
      "two",
    ]);
  });

  it("follows no link that stands in its place", async () => {
    symlinkSync(join(stateHome, "elsewhere"), transcriptPath(dir));
    await expect(open()).rejects.toMatchObject({ code: "ELOOP" });
    await expect(events()).rejects.toMatchObject({ code: "E_RECORD_UNREADABLE" });
  });

  it("is read whatever stands in it", async () => {
    writeFileSync(transcriptPath(dir), `{"version":2}\n[1,"o",2]\nnull\n[1,"z","new kind"]\n{}\n`);
    expect((await events()).map(({ kind }) => kind)).toEqual(["torn", "torn", "torn"]);
  });
});
