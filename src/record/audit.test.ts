import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdtemp,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAuditLog } from "./audit.ts";
import type { AuditLog } from "./audit.ts";
import { auditKeys, chainLine } from "./chain.ts";
import { createMac } from "./mac.ts";
import { openRecord } from "./record.ts";
import type { BottleRecord } from "./record.ts";
import { verifyAudit } from "./verify.ts";
import type { AuditVerdict } from "./verify.ts";

const id = "implementer-ab12c";
let stateHome: string;
let record: BottleRecord;
let log: AuditLog;

beforeEach(async () => {
  stateHome = await mkdtemp(join(tmpdir(), "claude-bottle-audit-"));
  record = await openRecord({ stateHome, id });
  log = await openAuditLog({ id, paths: record.paths });
});

afterEach(async () => {
  await log.close();
  await rm(stateHome, { recursive: true, force: true });
});

function fill(count: number): void {
  for (let index = 1; index <= count; index += 1)
    log.append({ at: index, event: "request", method: "GET", path: `/${index}` });
}

const verify = (): Promise<AuditVerdict> => verifyAudit({ stateHome, id });

/** Changes the log's lines behind its back. */
async function tamper(change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(record.paths.audit, "utf8")).split("\n").slice(0, -1);
  await writeFile(
    record.paths.audit,
    change(lines)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

describe("audit log", () => {
  it("passes its own check, in order and whole, also when it is large", async () => {
    fill(5000);
    const seal = await log.close();
    expect(seal.count).toBe(5000);
    expect(await verify()).toMatchObject({ ok: true, lines: 5000, problems: [] });
    const lines = (await readFile(record.paths.audit, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { path: string }).path)).toEqual(
      Array.from({ length: 5000 }, (_, index) => `/${index + 1}`),
    );
  });

  it("passes empty, and says what it cannot prove", async () => {
    await log.close();
    const verdict = await verify();
    expect(verdict).toMatchObject({ ok: true, lines: 0 });
    expect(verdict.notProven.join(" ")).toContain("root on this host");
  });

  it("keeps log, key and seal private, and the key out of the record", async () => {
    await log.close();
    for (const path of [record.paths.audit, record.paths.key, record.paths.seal])
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    for (const path of [record.dir, record.paths.keyDir, record.paths.sealDir])
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(record.paths.key.startsWith(`${record.dir}/`)).toBe(false);
  });

  it.each<[string, (lines: string[]) => string[], { line: number; what: RegExp }[]]>([
    [
      "a changed field",
      (lines) => lines.with(3, (lines[3] ?? "").replace("/4", "/x")),
      [{ line: 4, what: /was changed/ }],
    ],
    [
      "a changed last line",
      (lines) => lines.with(9, (lines[9] ?? "").replace("GET", "PUT")),
      [{ line: 10, what: /was changed/ }],
    ],
    ["a missing line", (lines) => lines.toSpliced(4, 1), [{ line: 5, what: /line 5 is missing/ }]],
    [
      "missing lines",
      (lines) => lines.toSpliced(2, 3),
      [{ line: 3, what: /lines 3 to 5 are missing/ }],
    ],
    ["a missing first line", (lines) => lines.slice(1), [{ line: 1, what: /line 1 is missing/ }]],
    [
      "two lines that changed places",
      (lines) => lines.with(4, lines[5] ?? "").with(5, lines[4] ?? ""),
      [{ line: 6, what: /line 5 stands out of order/ }],
    ],
    [
      "a line that stands twice",
      (lines) => lines.toSpliced(5, 0, lines[2] ?? ""),
      [{ line: 6, what: /line 3 stands twice/ }],
    ],
    [
      "a cut tail",
      (lines) => lines.slice(0, 7),
      [{ line: 0, what: /was cut: 10 lines were sealed, and line 7 is the last/ }],
    ],
    ["everything cut", () => [], [{ line: 0, what: /was cut/ }]],
    [
      "a foreign line",
      (lines) => lines.toSpliced(5, 0, '{"seq":6,"event":"request"}'),
      [{ line: 6, what: /no line of the log/ }],
    ],
    [
      "an empty line",
      (lines) => lines.toSpliced(5, 0, ""),
      [{ line: 6, what: /no line of the log/ }],
    ],
    [
      "a giant line",
      (lines) => lines.toSpliced(5, 0, "x".repeat(3_000_000)),
      [{ line: 6, what: /no line of the log/ }],
    ],
  ])("shows %s and nothing else", async (_name, change, problems) => {
    fill(10);
    await log.close();
    await tamper(change);
    const verdict = await verify();
    expect(verdict.ok).toBe(false);
    expect(verdict.problems).toEqual(
      problems.map(({ line, what }) => ({ line, what: expect.stringMatching(what) as string })),
    );
  });

  it("shows any change of any byte", async () => {
    fill(6);
    await log.close();
    const whole = await readFile(record.paths.audit);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const changed = Buffer.from(whole);
          changed[at] = (changed[at] ?? 0) ^ flip;
          await writeFile(record.paths.audit, changed);
          expect((await verify()).ok).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("shows any order but the written one", async () => {
    fill(6);
    await log.close();
    const lines = (await readFile(record.paths.audit, "utf8")).trimEnd().split("\n");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 8 }), async (order) => {
        await writeFile(
          record.paths.audit,
          order.map((index) => `${lines[index] ?? ""}\n`).join(""),
        );
        expect((await verify()).ok).toBe(order.join() === "0,1,2,3,4,5");
      }),
      { numRuns: 150 },
    );
  });

  it("reports a torn last line", async () => {
    fill(4);
    await log.close();
    await truncate(record.paths.audit, (await stat(record.paths.audit)).size - 20);
    const verdict = await verify();
    expect(verdict.problems.map(({ what }) => what)).toEqual([
      "the last line is torn",
      expect.stringContaining("was cut: 4 lines"),
    ]);
    expect(verdict.lines).toBe(4);
  });

  it("shows lines after the sealed end, a forged seal, a lost seal and a lost key", async () => {
    fill(3);
    await log.close();
    const seal = await readFile(record.paths.seal, "utf8");
    await writeFile(record.paths.seal, seal.replace('"count":3', '"count":2'));
    expect((await verify()).problems).toEqual([
      { line: 0, what: expect.stringContaining("the seal was changed") as string },
    ]);
    await rm(record.paths.seal);
    expect((await verify()).problems).toEqual([
      { line: 0, what: expect.stringContaining("the seal is gone") as string },
    ]);
    await rm(record.paths.key);
    expect((await verify()).problems[0]?.what).toContain("the key is gone");
  });

  it("shows what only a holder of the key can write: a line after the end, another last line, and one that follows another", async () => {
    fill(3);
    const { head } = await log.close();
    const keys = auditKeys(
      Buffer.from((await readFile(record.paths.key, "latin1")).trim(), "hex"),
      id,
    );
    const whole = await readFile(record.paths.audit, "utf8");
    const after = chainLine(createMac(keys.line), 4, head, { at: 4, event: "note" }).text;
    await writeFile(record.paths.audit, whole + after);
    expect((await verify()).problems).toEqual([
      { line: 0, what: "there are lines after the sealed end, line 3" },
    ]);
    const [first = "", second = ""] = whole.split("\n");
    const secondMac = (JSON.parse(second) as { mac: string }).mac;
    const last = chainLine(createMac(keys.line), 3, secondMac, { at: 3, event: "note" }).text;
    await writeFile(record.paths.audit, `${first}\n${second}\n${last}`);
    expect((await verify()).problems).toEqual([
      { line: 0, what: "line 3 is not the one that was sealed" },
    ]);
    const astray = chainLine(createMac(keys.line), 2, head, { at: 2, event: "note" }).text;
    await writeFile(record.paths.audit, `${first}\n${astray}${whole.split("\n")[2] ?? ""}\n`);
    expect((await verify()).problems.map(({ line }) => line)).toEqual([2, 3]);
  });

  it("does not take the lines, the key or the seal of another bottle", async () => {
    fill(3);
    await log.close();
    const other = "implementer-zz99z";
    const second = await openRecord({ stateHome, id: other });
    const log2 = await openAuditLog({ id: other, paths: second.paths });
    await log2.close();
    for (const name of ["audit", "key", "seal"] as const)
      await writeFile(second.paths[name], await readFile(record.paths[name]));
    expect((await verifyAudit({ stateHome, id: other })).ok).toBe(false);
  });

  it("shows a log that was replaced by an older whole one, from the receipt", async () => {
    fill(3);
    await record.write("receipt", { audit: log.seal() });
    await log.close();
    expect((await verify()).ok).toBe(true);
    await record.write("receipt", { audit: { count: 5, head: "00" } });
    expect((await verify()).problems.map(({ what }) => what)).toEqual([
      "the receipt counts 5 lines, and the log ends with line 3",
    ]);
  });

  it("can be checked while the bottle runs, and says what may be missing then", async () => {
    fill(3);
    await expect.poll(async () => (await verify()).lines).toBe(3);
    const verdict = await verify();
    expect(verdict.ok).toBe(true);
    expect(verdict.notProven[0]).toContain("not ended in order");
  });

  it("seals while it runs, so that a cut shows also after a kill", async () => {
    fill(3);
    await expect
      .poll(
        async () =>
          (JSON.parse(await readFile(record.paths.seal, "utf8")) as { count: number }).count,
      )
      .toBe(3);
    await tamper((lines) => lines.slice(0, 1));
    expect((await verify()).problems[0]?.what).toContain("was cut");
  });

  it("writes no query value, no control character and nothing that the scrubber takes out", async () => {
    await log.close();
    const second = await openRecord({ stateHome, id: "implementer-scrub" });
    const scrubbed = await openAuditLog({
      id: "implementer-scrub",
      paths: second.paths,
      scrub: (text) => text.replaceAll("hidden-value", "*"),
    });
    scrubbed.append({
      at: 1,
      event: "refused",
      path: "/a\u001b[2J/hidden-value?key=topsecret&bare",
      reason: "é\n\\".repeat(1000),
      authority: "x".repeat(5000),
    });
    await scrubbed.close();
    const text = await readFile(second.paths.audit, "utf8");
    expect(text).not.toMatch(/topsecret|bare|hidden|[^\x20-\x7e\n]/);
    expect(text.trimEnd()).not.toContain("\n");
    expect(text.length).toBeLessThan(6000);
    expect((JSON.parse(text) as { path: string }).path).toMatch(
      /^\/a\\u001b\[2J\/\*\?key=#[0-9a-f]{12}&#[0-9a-f]{12}$/,
    );
  });

  it("leaves no beginning of a secret where the cap cuts through it, and none that an escape would hide", async () => {
    await log.close();
    const odd = await openRecord({ stateHome, id: "implementer-odd12" });
    const hidden = "a\\secret-with-backslash";
    const oddLog = await openAuditLog({
      id: "implementer-odd12",
      paths: odd.paths,
      scrub: (text) => text.replaceAll(hidden, "*"),
    });
    oddLog.append({
      at: 1,
      event: "request",
      path: `/${hidden}/${"x".repeat(480)}${hidden}${hidden}`,
    });
    await oddLog.close();
    expect(await readFile(odd.paths.audit, "utf8")).not.toMatch(/secret|a\\/);
  });

  it("fails for good at its bound: no bottle fills the host's disk with refusals", async () => {
    const other = await openRecord({ stateHome, id: "implementer-cd34e" });
    const bounded = await openAuditLog({ id: other.id, paths: other.paths, limit: 4096 });
    for (let at = 1; at <= 100; at += 1) bounded.append({ at, event: "refused", code: "x" });
    await expect(bounded.failed).resolves.toMatchObject({ code: "E_RECORD_AUDIT" });
    expect(bounded.healthy()).toBe(false);
    await bounded.close();
    expect((await stat(other.paths.audit)).size).toBeLessThanOrEqual(4096);
  });

  it("fails for good when the disk does not keep up", async () => {
    const reason = "x".repeat(400);
    for (let index = 0; index < 40_000 && log.healthy(); index += 1)
      log.append({ at: index, event: "request", reason });
    expect(log.healthy()).toBe(false);
    expect((await log.failed).code).toBe("E_RECORD_AUDIT");
  });

  it("refuses to write over the log or the key of an earlier bottle", async () => {
    await expect(openAuditLog({ id, paths: record.paths })).rejects.toThrow(/EEXIST/);
  });

  it.runIf(process.platform === "linux")("fails for good when the disk takes no more", async () => {
    // The kernel's own limit on file sizes (setrlimit(2)) gives a write that stops in the middle and then EFBIG.
    const limit = (size: string): Buffer =>
      execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${size}:`]);
    limit("20000");
    try {
      fill(500);
      expect((await log.failed).code).toBe("E_RECORD_AUDIT");
      expect(log.healthy()).toBe(false);
      await log.close();
    } finally {
      limit("unlimited");
    }
    expect((await verify()).problems.map(({ what }) => what)).toContain("the last line is torn");
  });

  it("refuses a folder of keys that others may enter", async () => {
    await chmod(record.paths.keyDir, 0o755);
    await expect(openRecord({ stateHome, id: "implementer-open1" })).rejects.toThrow(
      /cannot be used/,
    );
    await chmod(record.paths.keyDir, 0o700);
    const second = await openRecord({ stateHome, id: "implementer-open1" });
    await chmod(record.paths.keyDir, 0o755);
    await expect(openAuditLog({ id: "implementer-open1", paths: second.paths })).rejects.toThrow(
      /cannot be used/,
    );
  });

  it("ignores events after its end", async () => {
    fill(1);
    await log.close();
    await appendFile(record.paths.audit, "");
    log.append({ at: 2, event: "note" });
    expect((await log.close()).count).toBe(1);
    expect((await verify()).ok).toBe(true);
  });
});
