/** Folders whose supervisor was killed: compared by whoever comes next, and never with what is not known. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openMountLab, writeJson } from "../../../tests/support/mount-lab.ts";
import type { MountLab } from "../../../tests/support/mount-lab.ts";
import { OpenFolder } from "./open-folder.ts";
import { openQuarantine } from "./quarantine.ts";
import { recoverMounts } from "./recover.ts";

const id = "lab-00001";

/** Opens the folder, and makes the record say that a process which is gone did. */
async function leave(lab: MountLab, agent: () => void): Promise<void> {
  await lab.open();
  agent();
  const file = join(lab.records, id, "mount.json");
  const report = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...report, supervisor: { pid: process.pid, started: 1 } }));
}

const recover = (lab: MountLab): Promise<readonly string[]> =>
  recoverMounts({ records: lab.records, write: writeJson });

describe("a folder that was left open", () => {
  test("is compared once, and what was planted is taken out", async () => {
    using lab = openMountLab();
    await leave(lab, () => lab.put(".vscode/tasks.json", "{}"));
    expect(await Promise.all([recover(lab), recover(lab)]).then((done) => done.flat())).toEqual([
      id,
    ]);
    expect(existsSync(join(lab.folder, ".vscode"))).toBe(false);
    expect(lab.report()).toMatchObject({ state: "closed", taken: [{ path: ".vscode" }] });
    expect(await recover(lab)).toEqual([]);
  });

  test("is reported with what somebody had taken already who was killed over it", async () => {
    using lab = openMountLab();
    await leave(lab, () => lab.put(".vscode/tasks.json", "{}"));
    using top = OpenFolder.open(lab.folder);
    {
      using quarantine = openQuarantine(join(lab.records, id), top, lab.folder);
      quarantine.take(top, ".vscode", ".vscode", "protected (editor)");
    }
    lab.put(".idea/x.xml", "");
    writeFileSync(join(lab.records, id, "mount-taken.jsonl"), '{"pa', { flag: "a" });
    expect(await recover(lab)).toEqual([id]);
    expect(lab.report().taken?.map(({ path, to }) => [path, to])).toEqual([
      [".vscode", "quarantine/0"],
      [".idea", "quarantine/1"],
    ]);
  });

  test("keeps what its owner made after the bottle was dead", async () => {
    using lab = openMountLab();
    await leave(lab, () => lab.put(".vscode/tasks.json", "{}"));
    const beat = join(lab.records, id, "mount-beat");
    await sleep(50);
    // As if the last sign of life had been longer ago.
    const born = statSync(join(lab.folder, ".vscode")).birthtimeMs;
    utimesSync(beat, new Date(), new Date(born + 20 - 60_000));
    lab.put(".idea/x.xml", "mine");
    expect(await recover(lab)).toEqual([id]);
    expect(existsSync(join(lab.folder, ".vscode"))).toBe(false);
    expect(existsSync(join(lab.folder, ".idea"))).toBe(true);
  });

  test("is left alone while its supervisor lives", async () => {
    using lab = openMountLab();
    const mounted = await lab.open();
    lab.put(".vscode/tasks.json", "{}");
    expect(await recover(lab)).toEqual([]);
    expect(existsSync(join(lab.folder, ".vscode"))).toBe(true);
    await mounted.close();
  });

  test("whose listing is lost or damaged loses nothing: it is said that nobody compared", async () => {
    for (const damage of [
      (file: string) => rmSync(file),
      (file: string) => writeFileSync(file, '{"kno'),
    ]) {
      using lab = openMountLab();
      await leave(lab, () => lab.put(".vscode/tasks.json", "{}"));
      damage(join(lab.records, id, "mount-base.json"));
      expect(await recover(lab)).toEqual([id]);
      expect(existsSync(join(lab.folder, ".git/config"))).toBe(true);
      expect(lab.report().problems).toEqual([
        { path: ".", why: "what was there at the start is not known: look at it by hand" },
      ]);
    }
  });

  test("in whose place another folder stands is not compared with it", async () => {
    using lab = openMountLab();
    await leave(lab, () => undefined);
    renameSync(lab.folder, `${lab.folder}.old`);
    mkdirSync(lab.folder);
    lab.put(".git/config", "mine");
    expect(await recover(lab)).toEqual([id]);
    expect(existsSync(join(lab.folder, ".git/config"))).toBe(true);
    expect(lab.report().problems).toEqual([{ path: ".", why: "another folder has its place now" }]);
  });

  test("is compared before another bottle gets it, which would take what was planted for the owner's", async () => {
    using lab = openMountLab();
    await leave(lab, () => lab.put(".vscode/tasks.json", "{}"));
    const next = await lab.open({ id: "lab-00002" });
    expect(lab.report().taken).toMatchObject([{ path: ".vscode" }]);
    expect(next.points.map(({ path }) => path)).not.toContain(".vscode");
    await next.close();
  });
});
