/** What must hold after every fault, whoever was hit, however and whenever. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { app } from "../../../src/cli/app.ts";
import type { CliResult } from "../../e2e/support/cli.ts";
import { leftInNamespaces, ourGroups, ourMounts, ourSockets } from "./ours.ts";
import type { FaultScene } from "./scene.ts";
import { workOf } from "./scripts.ts";
import { until } from "./until.ts";
import type { World } from "./world.ts";

/** After `bottle cleanup` no process, namespace, mount, control group, socket or temporary file of the scene is there. */
export async function nothingIsLeft(scene: FaultScene): Promise<void> {
  await until("no process is left", () => Promise.resolve(scene.look().length === 0));
  const cleaned = await scene.run(["cleanup", "--format", "json"]);
  expect(cleaned).toMatchObject({ code: 0 });
  expect(JSON.parse(cleaned.stdout)).toMatchObject({ stuck: [] });
  expect({
    processes: scene.look().map(({ pid, command }) => `${pid} ${command.join(" ")}`),
    namespaces: leftInNamespaces(scene.seen),
    // The test's own small disk, where there is one, is none of the bottle's.
    mounts: ourMounts(scene.mark).filter((line) => !line.includes(` ${scene.stateHome} `)),
    groups: ourGroups(scene.mark),
    sockets: ourSockets(scene.mark),
    files: await scraps(scene),
  }).toEqual({ processes: [], namespaces: [], mounts: [], groups: [], sockets: [], files: [] });
}

/** The canary heard nothing, and the allowed host hears nothing more. */
export async function nothingGoesOut(scene: FaultScene, world: World): Promise<void> {
  const before = world.asked(scene.mark);
  await sleep(50);
  expect(world.asked(scene.mark)).toBe(before);
  expect(world.leaked()).toBe(0);
}

/** The owner's folder is as it was; with `worked`, what the agent wrote is in the record, and a resumed bottle has it. */
export async function workIsThere(
  scene: FaultScene,
  worked: boolean,
  resumes: boolean = true,
): Promise<void> {
  expect((await readdir(scene.workspace)).toSorted()).toEqual(["README.md", "src"]);
  expect(await readFile(join(scene.workspace, "src", "a.txt"), "utf8")).toBe("mine\n");
  if (!worked) return;
  expect(await scene.record("workspace/work.txt")).toBe(workOf(scene));
  if (!resumes) return;
  const id = (await scene.id()) ?? "";
  const again = await scene.run(["resume", id, "--yes", "--headless", "--prompt", "cat work.txt"]);
  expect(again).toMatchObject({ code: 0, stdout: workOf(scene) });
  expect(await scene.run(["audit", id, "--verify"])).toMatchObject({ code: 0 });
}

/** The error of a command that lived to tell: a code, and a next step that names a command there is. */
export function isTold({ code, stderr }: CliResult, errorCode: RegExp): void {
  expect(stderr).toMatch(/error E_[A-Z_]+: .+$/m);
  expect(/error (E_[A-Z_]+)/.exec(stderr)?.[1]).toMatch(errorCode);
  expect(code).toBe(125);
  const next = /^ {2}next: (.+)$/m.exec(stderr)?.[1] ?? "";
  expect(next).toMatch(/`bottle [a-z]+/);
  for (const [, command = ""] of next.matchAll(/`bottle ([a-z]+)/g))
    expect(commands()).toContain(command);
}

function commands(): readonly string[] {
  const { root } = app as unknown as {
    readonly root: { getAllEntries(): readonly { readonly name: { readonly original: string } }[] };
  };
  return root.getAllEntries().map(({ name }) => name.original);
}

/** Files that nobody will ever look for again. */
async function scraps(scene: FaultScene): Promise<readonly string[]> {
  const found: string[] = await names(scene.runHome);
  const records = join(scene.stateHome, "claude-bottle");
  const keys = join(scene.stateHome, "claude-bottle-keys");
  const ids = await names(records);
  for (const id of ids) {
    const files = await names(join(records, id));
    if (id.startsWith(".") || !files.includes("state.json")) found.push(id);
    found.push(...files.filter((name) => /\.tmp$|^\.|^apply-/.test(name)));
  }
  for (const name of [...(await names(keys)), ...(await names(join(keys, "seals")))]) {
    if (name === "seals") continue;
    if (name.endsWith(".tmp") || !ids.some((id) => name.startsWith(`${id}.`))) found.push(name);
  }
  return found;
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** What the record says of the one bottle; empty where it says nothing. */
export async function stateOf(scene: FaultScene): Promise<Readonly<Record<string, unknown>>> {
  const text = await scene.record("state.json");
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
