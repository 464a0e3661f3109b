import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { publishBoot, withStarts } from "./page.ts";
import { drawBoot } from "./pictures.ts";
import type { BootReport, RungReport, StartReport } from "./report.ts";
import type { BootRows } from "./rows.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "boot-page-"))));
afterEach(() => rm(folder, { recursive: true }));

const at = (median: number) => ({ median, min: median, max: median });
const start = (ms: number): StartReport => ({
  ...{ total: at(ms), exec: at(ms / 2), execFromOrder: at(ms / 3) },
  phases: { loaded: at(50), agent: at(ms / 2) },
});

function rung(name: string, ms: number, changes: Partial<RungReport> = {}): RungReport {
  return {
    ...{ rung: name, link: "socket", place: "local", reference: "docker run", budget: 1.2 },
    ...{ bare: at(500), bottle: start(ms), ratio: ms / 500, fastest: null, probes: at(30) },
    ...{ hot: start(ms - 100), cold: null, engine: null },
    memory: { supervisor: at(60), whole: at(300), bare: at(250) },
    ...changes,
  };
}

function report(rungs: readonly RungReport[], kernel = "6.1"): BootReport {
  const host = { cpus: 2, model: "Some", kernel, node: "v20" };
  const help = { bottle: at(30), node: at(20), ratio: 1.5 };
  return { version: 2, host, runs: 3, rungs, help };
}

const rows = async (): Promise<BootRows> =>
  JSON.parse(await readFile(join(folder, "boot-rungs.json"), "utf8")) as BootRows;

describe("docs/benchmarks.md", () => {
  const docs = resolve("docs/benchmarks");

  it("has the rows that lie beside its pictures, and those pictures", async () => {
    const text = await readFile(join(docs, "boot-rungs.json"), "utf8").catch(() => undefined);
    const there = (await readdir(docs)).filter((name) => /^start.*[.]svg$/.test(name));
    if (text === undefined) return expect(there).toEqual([]);
    const found = JSON.parse(text) as BootRows;
    const page = await readFile(`${docs}.md`, "utf8");
    expect(withStarts(page, found, "benchmarks")).toBe(page);
    const pictures = drawBoot(found);
    expect(there.toSorted()).toEqual(Object.keys(pictures).toSorted());
    for (const [name, picture] of Object.entries(pictures))
      expect(await readFile(join(docs, name), "utf8"), name).toBe(picture);
  });
});

describe("published starts", () => {
  it("have a row and a picture for each kind of bottle, as the ladder goes", async () => {
    const call = { what: "POST /containers/ID/start", at: 60, ms: 40, start: true };
    const last = { what: "GET /containers/json", at: 700, ms: 1, start: false };
    await publishBoot(
      report([rung("runc", 700, { engine: [call, last] }), rung("namespace", 600)]),
      folder,
    );
    expect((await rows()).rows.map((row) => row.rung)).toEqual(["namespace", "runc"]);
    expect((await rows()).rows[1]).toMatchObject({
      start: { coldMs: null, warmMs: 700, hotMs: 600 },
      ...{ bareMs: 500, memoryMiB: 300, phases: { agent: 350 } },
    });
    expect((await readdir(folder)).toSorted()).toEqual([
      "boot-rungs.json",
      "start-namespace-socket.svg",
      "start-runc-socket.svg",
      "starts.svg",
    ]);
    const picture = await readFile(join(folder, "start-runc-socket.svg"), "utf8");
    expect(picture).toContain("containers start");
    expect(picture).not.toContain("containers json");
  });

  it("keep the rows of other bottles that the same machine measured before, and no others", async () => {
    await publishBoot(report([rung("namespace", 600), rung("runc", 700)]), folder);
    await publishBoot(report([rung("runc", 650)]), folder);
    expect((await rows()).rows.map((row) => row.start.warmMs)).toEqual([600, 650]);
    await publishBoot(report([rung("gvisor", 900)], "6.2"), folder);
    expect((await rows()).rows.map((row) => row.rung)).toEqual(["gvisor"]);
  });

  it("stand on the page between its marks, with every budget that was missed", async () => {
    const page = await readFile(resolve("docs/benchmarks.md"), "utf8");
    await publishBoot(report([rung("runc", 700), rung("namespace", 600)]), folder);
    const written = withStarts(page, await rows(), "benchmarks");
    expect(written).toContain(
      "| runc | socket | docker run | 500 ms | 700 ms | 1.4 × | ≤ 1.2 ×, **missed** |",
    );
    expect(written).toContain("1.2 × | ≤ 1.2 ×, met");
    expect(withStarts(written, await rows(), "benchmarks")).toBe(written);
    expect(() =>
      withStarts(
        "no marks",
        { ...report([]), machine: report([]).host, rows: [], version: 1 },
        "x",
      ),
    ).toThrow("lacks the marks");
    await writeFile(join(folder, "boot-rungs.json"), "no JSON");
    await publishBoot(report([rung("runc", 650)]), folder);
    expect((await rows()).rows).toHaveLength(1);
  });
});
