import { mkdir, mkdtemp, readdir, realpath, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownMark } from "../host/process.ts";
import { claimRunDirectory } from "../lifecycle/run-directory.ts";
import { cleanUp, listLeftovers } from "./cleanup.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

/** Of a process that lived before this machine's first one. */
const dead = "1.1";
const hex = "0123456789ab";

let dir: string;
let host: Host;
let records: string;
let keys: string;

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), "cleanup-")));
  const env = {
    PATH: process.env["PATH"],
    HOME: dir,
    XDG_STATE_HOME: dir,
    XDG_RUNTIME_DIR: join(dir, "run"),
  };
  host = { env, cwd: dir, uid: process.getuid?.() ?? -1, dist: dir, startedAt: Date.now() };
  records = join(dir, "claude-bottle");
  keys = join(dir, "claude-bottle-keys");
  await mkdir(join(keys, "seals"), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function makeRecord(id: string, ...files: readonly string[]): Promise<void> {
  await mkdir(join(records, id), { recursive: true });
  for (const name of files) await writeFile(join(records, id, name), "{}");
  await writeFile(join(keys, `${id}.seed`), "");
}

/** Only those of these tests: control groups and root's own folder of sockets are the machine's. */
async function found(): Promise<readonly string[]> {
  const all = await listLeftovers(host);
  return all
    .filter(({ id }) => id.endsWith("-00000"))
    .map(({ id, what }) => `${id}: ${what}`)
    .toSorted();
}

test("what dead writers began goes, what living ones are at stays", async () => {
  const mine = ownMark();
  await makeRecord("a-00000", "state.json", `state.json.${dead}.${hex}.tmp`);
  await makeRecord("b-00000", "state.json", `plan.json.${mine}.${hex}.tmp`);
  await mkdir(join(records, "a-00000", `apply-${dead}-x7k2p9`));
  await mkdir(join(records, "b-00000", `apply-${mine}-x7k2p9`));
  await writeFile(join(keys, "seals", `a-00000.2.json.${dead}.${hex}.tmp`), "");
  await writeFile(join(keys, "seals", `b-00000.json.${mine}.${hex}.tmp`), "");
  expect(await found()).toEqual([
    `a-00000: unfinished a-00000.2.json.${dead}.${hex}.tmp`,
    `a-00000: unfinished apply-${dead}-x7k2p9`,
    `a-00000: unfinished state.json.${dead}.${hex}.tmp`,
  ]);
  await cleanUp(host);
  expect(await found()).toEqual([]);
  expect(await readdir(join(records, "a-00000"))).toEqual(["state.json"]);
  expect((await readdir(join(records, "b-00000"))).length).toBe(3);
});

test("records are not taken for left folders of sockets where all is kept in one place", async () => {
  await makeRecord("a-00000", "state.json");
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(records, "a-00000"), longAgo, longAgo);
  host = { ...host, env: { ...host.env, XDG_RUNTIME_DIR: dir } };
  expect(hostPaths(host).runHome).not.toBe(records);
  expect(await found()).toEqual([]);
  host = { ...host, env: { ...host.env, XDG_STATE_HOME: "/nowhere", XDG_CACHE_HOME: dir } };
  expect(hostPaths(host).runHome).not.toBe(hostPaths(host).cacheDir);
});

test("what an older version began goes when it is old, and stays while it may be at work", async () => {
  await makeRecord("a-00000", "state.json", `old.json.${hex}.tmp`, `young.json.${hex}.tmp`);
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(records, "a-00000", `old.json.${hex}.tmp`), longAgo, longAgo);
  expect(await found()).toEqual([`a-00000: unfinished old.json.${hex}.tmp`]);
});

test("a record that never began goes with its keys; one that says anything, or that somebody has, stays", async () => {
  await makeRecord("a-00000");
  await makeRecord("b-00000", `state.json.${dead}.${hex}.tmp`);
  await makeRecord("c-00000", "state.json");
  await makeRecord("d-00000");
  await mkdir(join(records, "d-00000", "workspace"));
  await makeRecord("e-00000");
  await claimRunDirectory(join(hostPaths(host).runHome, "e-00000"));
  expect(await found()).toEqual([
    "a-00000: a record that never began",
    "b-00000: a record that never began",
  ]);
  await cleanUp(host);
  expect((await readdir(records)).toSorted()).toEqual(["c-00000", "d-00000", "e-00000"]);
  expect((await readdir(keys)).toSorted()).toEqual([
    "c-00000.seed",
    "d-00000.seed",
    "e-00000.seed",
    "seals",
  ]);
});

test("a removal that was cut off is finished, and keys without a record go", async () => {
  await makeRecord("a-00000", "state.json");
  await mkdir(join(records, ".b-00000.removing", "workspace"), { recursive: true });
  for (const name of ["b-00000.key", "c-00000.key", "c-00000.2.key", "somebody.else"])
    await writeFile(join(keys, name), "");
  await writeFile(join(keys, "seals", "c-00000.json"), "");
  expect(await found()).toEqual([
    "b-00000: a record that was being removed",
    "c-00000: lost c-00000.2.key",
    "c-00000: lost c-00000.json",
    "c-00000: lost c-00000.key",
  ]);
  await cleanUp(host);
  expect(await readdir(records)).toEqual(["a-00000"]);
  expect((await readdir(keys)).toSorted()).toEqual(["a-00000.seed", "seals", "somebody.else"]);
});
