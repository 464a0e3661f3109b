/**
 * Every file of a real record, cut, zeroed and bent at many places, as disks and power cuts do it: every command answers, and
 * none takes what is left for the whole.
 */
import { cp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listBottles } from "../../src/compose/bottles.ts";
import type { BottleInfo } from "../../src/compose/bottles.ts";
import type { Host } from "../../src/compose/paths.ts";
import { removeBottle } from "../../src/compose/remove.ts";
import { planResume } from "../../src/compose/resume.ts";
import { BottleError } from "../../src/errors/error.ts";
import { auditLines } from "../../src/record/lines.ts";
import { transcriptEvents } from "../../src/record/transcript-lines.ts";
import { verifyAudit } from "../../src/record/verify.ts";
import { dist } from "../support/bottle.ts";
import { list } from "./support/bottles.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { shortRun } from "./support/scripts.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

let world: World;
let scene: FaultScene;
let id: string;
let whole: string;

beforeAll(async () => {
  world = await openWorld();
  scene = await openFaultScene(world);
  const talk = "for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done";
  await scene.start(`${talk}; ${shortRun(scene, world)}`).ended;
  id = (await scene.id()) ?? "";
  const again = ["resume", id, "--yes", "--headless", "--prompt", `echo once more; exit 3`];
  const { code, stderr } = await scene.run(again);
  if (code !== 3) throw new Error(stderr);
  whole = join(scene.folder, "whole");
  await cp(scene.stateHome, whole, { recursive: true, preserveTimestamps: true });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** A copy of the state to be hurt. */
async function copyOf(name: string): Promise<{ readonly host: Host; readonly stateHome: string }> {
  const stateHome = join(scene.folder, `torn-${name}`);
  await cp(whole, stateHome, { recursive: true, preserveTimestamps: true });
  const host: Host = {
    env: { ...scene.env, XDG_STATE_HOME: stateHome },
    cwd: scene.workspace,
    uid: process.getuid?.() ?? -1,
    dist,
    startedAt: Date.now(),
  };
  return { host, stateHome };
}

/** What a command said: its answer, or the code of its error; anything else fails the test. */
async function told<T>(work: Promise<T>): Promise<T | { readonly code: string }> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BottleError) return { code: error.code };
    throw error;
  }
}

async function all<T>(lines: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

interface Seen {
  readonly bottle: BottleInfo | undefined;
  readonly audit: Awaited<ReturnType<typeof verifyAudit>> | { readonly code: string };
  readonly logs:
    | Awaited<ReturnType<typeof all<{ readonly kind: string }>>>
    | { readonly code: string };
}

/** Runs what only looks; each must come to an answer. */
async function look(host: Host, stateHome: string): Promise<Seen> {
  const [bottle] = await listBottles(host);
  await told(all(auditLines({ stateHome, id })));
  return {
    bottle,
    audit: await told(verifyAudit({ stateHome, id })),
    logs: await told(all(transcriptEvents({ stateHome, id }))),
  };
}

/** Comes to an answer, whatever it is. */
async function resumes(host: Host): Promise<void> {
  await told(planResume(host, id, { prompt: "true", headless: true, args: [], terminal: null }));
}

const record = ["plan", "proof", "timing", "receipt", "state", "workspace"].map(
  (name) => `claude-bottle/ID/${name}.json`,
);
const logs = ["audit.jsonl", "audit.2.jsonl", "transcript.cast"].map(
  (name) => `claude-bottle/ID/${name}`,
);
const beside = ["ID.key", "ID.2.key", "ID.seed", "seals/ID.json", "seals/ID.2.json"].map(
  (name) => `claude-bottle-keys/${name}`,
);

/** Where to cut: both ends, and places in between that no line ends at by design. */
function places(size: number): readonly number[] {
  const parts = [0.13, 0.47, 0.83].map((part) => Math.floor(size * part));
  return [...new Set([0, 1, ...parts, size - 2, size - 1])].filter((at) => at >= 0 && at < size);
}

const ways = {
  cut: (bytes: Buffer, at: number) => bytes.subarray(0, at),
  /** Blocks that were given to the file and never written. */
  zeroed: (bytes: Buffer, at: number) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.alloc(bytes.length - at)]),
  bent: (bytes: Buffer, at: number) => {
    const bent = Buffer.from(bytes);
    bent[at] = (bent[at] ?? 0) ^ 0x15;
    return bent;
  },
} as const;

async function hurt(
  file: string,
  way: keyof typeof ways,
  check: (seen: Seen, at: number, stateHome: string, host: Host) => Promise<void> | void,
): Promise<void> {
  const name = file.replaceAll("ID", id);
  const bytes = await readFile(join(whole, name));
  expect(bytes.length).toBeGreaterThan(0);
  for (const at of places(bytes.length)) {
    const { host, stateHome } = await copyOf(`${way}-${at}-${file.replaceAll("/", "-")}`);
    await writeFile(join(stateHome, name), ways[way](bytes, at));
    await check(await look(host, stateHome), at, stateHome, host);
    await rm(stateHome, { recursive: true, force: true });
  }
}

test("untouched, every command has its answer and nothing to complain of", async () => {
  const { host, stateHome } = await copyOf("untouched");
  const { bottle, audit, logs: events } = await look(host, stateHome);
  expect(bottle).toMatchObject({ id, state: "exited", code: 3, run: 2, problems: [] });
  expect(audit).toMatchObject({ ok: true, problems: [] });
  expect(JSON.stringify(events)).not.toContain("torn");
});

describe.each(["cut", "zeroed"] as const)("%s at any place,", (way) => {
  test.for(record)("%s is told as unreadable, and nothing of it is believed", async (file) => {
    await hurt(file, way, async ({ bottle }, at, stateHome, host) => {
      const isState = file.endsWith("/state.json");
      // The last byte is a line end: without it the JSON is whole.
      const bytes = (await stat(join(whole, file.replaceAll("ID", id)))).size;
      if (way === "cut" && at === bytes - 1) return expect(bottle).toMatchObject({ problems: [] });
      if (["state", "plan", "workspace"].some((name) => file.includes(name))) await resumes(host);
      expect(bottle?.problems.length).toBe(1);
      expect(bottle?.problems[0]).toContain(file.split("/").at(-1));
      expect(bottle?.state).toBe(isState ? "unreadable" : "exited");
      if (isState) expect(bottle).toMatchObject({ code: null, error: "E_RECORD_UNREADABLE" });
      if (file.endsWith("receipt.json")) expect(bottle?.requests).toBe(null);
      if (file.endsWith("workspace.json")) expect(bottle?.changed).toBe(null);
      // Work may be in it: it goes when its owner says so.
      const kept = await told(removeBottle(host, id, { discardWork: false, stop: false }));
      expect(kept).toHaveProperty("code");
      await removeBottle(host, id, { discardWork: true, stop: false });
      expect(await readdir(join(stateHome, "claude-bottle"))).toEqual([]);
      expect((await readdir(join(stateHome, "claude-bottle-keys"))).join()).not.toContain(id);
    });
  });

  test.for(logs.slice(0, 2))("%s fails its check", async (file) => {
    await hurt(file, way, ({ audit, bottle }) => {
      expect(audit).toMatchObject({ ok: false });
      expect(bottle).toMatchObject({ state: "exited", code: 3, problems: [] });
    });
  });

  test("the transcript tells its torn line, and keeps every line before", async () => {
    const file = logs[2] ?? "";
    const bytes = await readFile(join(whole, file.replaceAll("ID", id)));
    await hurt(file, way, ({ logs: events }, at) => {
      const before = bytes.subarray(0, at).toString("utf8").split("\n");
      const torn = way === "zeroed" || before.at(-1) !== "";
      expect(Array.isArray(events)).toBe(true);
      const kinds = (events as readonly { readonly kind: string }[]).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "torn").length).toBe(
        torn && at > 0 ? 1 : torn ? 1 : 0,
      );
      // One line is the header's, and the last piece is the torn one or nothing.
      expect(kinds.filter((kind) => kind !== "torn").length).toBe(Math.max(0, before.length - 2));
    });
  });

  test.for(beside)(
    "%s: the record is read, and what cannot be proven is not claimed",
    async (file) => {
      await hurt(file, way, ({ audit, bottle }, at) => {
        expect(bottle).toMatchObject({ state: "exited", code: 3 });
        if (file.endsWith(".seed")) return;
        const last = way === "cut" && "ok" in audit && audit.ok;
        // Only the line end at the file's end says nothing.
        if (last) expect(at).toBeGreaterThan(10);
        else expect(audit).toMatchObject({ ok: false });
      });
    },
  );
});

describe("one bit bent at any place,", () => {
  test.for([...logs.slice(0, 2), ...beside.filter((file) => !file.endsWith(".seed"))])(
    "%s fails its check",
    async (file) => {
      await hurt(file, "bent", ({ audit }, at) => {
        if ("ok" in audit && audit.ok) throw new Error(`nobody saw the bit at ${at}`);
      });
    },
  );

  test.for([...record, ...logs.slice(2), ...beside])("%s: every command answers", async (file) => {
    await hurt(file, "bent", ({ bottle }) => expect(bottle?.id).toBe(id));
  });
});

describe("written by a newer version,", () => {
  test.for([...record, ...beside.filter((file) => file.endsWith(".json"))])(
    "%s is refused",
    async (file) => {
      const { host, stateHome } = await copyOf(`newer-${file.replaceAll("/", "-")}`);
      const path = join(stateHome, file.replaceAll("ID", id));
      const fields = JSON.parse(await readFile(path, "utf8")) as object;
      await writeFile(path, JSON.stringify({ ...fields, version: 2 }));
      const { bottle, audit } = await look(host, stateHome);
      if (file.includes("seals")) return expect(audit).toEqual({ code: "E_RECORD_VERSION" });
      expect(bottle).toMatchObject({ id, state: "unreadable", error: "E_RECORD_VERSION" });
      for (const discardWork of [false, true])
        expect(await told(removeBottle(host, id, { discardWork, stop: false }))).toEqual({
          code: "E_RECORD_VERSION",
        });
      const resumed = planResume(host, id, {
        prompt: "true",
        headless: true,
        args: [],
        terminal: null,
      });
      expect(await told(resumed)).toEqual({ code: "E_RECORD_VERSION" });
    },
  );

  test("a person is told which file, and what to do", async () => {
    const { stateHome } = await copyOf("newer-told");
    await writeFile(join(stateHome, "claude-bottle", id, "state.json"), '{"version":9}\n');
    const env = { XDG_STATE_HOME: stateHome };
    const { stderr, code } = await scene.run(["stop", id], env);
    expect(code).toBe(125);
    expect(stderr).toMatch(
      /^error E_RECORD_VERSION: .*state\.json.*\n.*version 9.*\n.*bottle --version/,
    );
    const shown = await scene.run(["ps", "--all"], env);
    expect(shown.stdout).toContain("unreadable E_RECORD_VERSION");
    expect(shown.stderr).toContain("state.json");
  });
});

test("a resume with a torn receipt keeps it beside the new one", async () => {
  const receipt = join(scene.stateHome, "claude-bottle", id, "receipt.json");
  await writeFile(receipt, (await readFile(receipt)).subarray(0, 40));
  const again = await scene.run(["resume", id, "--yes", "--headless", "--prompt", "exit 0"]);
  expect(again).toMatchObject({ code: 0 });
  expect(await list(scene)).toMatchObject([{ id, state: "exited", problems: [] }]);
  const files = await readdir(join(scene.stateHome, "claude-bottle", id));
  expect(files).toContain("receipt.before-run-3.damaged");
});
