/** A bottle that was made ready before it was asked for, and claimed by a start. */
import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openClaude } from "./support/claude.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { manifestText, token } from "./support/manifest.ts";

const patient = { timeout: 30_000, interval: 100 };

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly pid: number;
}

async function list(scene: Scene): Promise<readonly Listed[]> {
  return JSON.parse((await scene.run(["ps", "--all", "--format", "json"])).stdout) as Listed[];
}

async function prepare(scene: Scene, ...more: readonly string[]): Promise<readonly string[]> {
  const made = await scene.run(["prepare", "--manifest", scene.manifest, ...more]);
  if (made.code !== 0) throw new Error(made.stderr);
  return made.stdout.trim().split("\n");
}

describe("a prepared bottle", () => {
  it("is claimed by the next start: policy, secret and workspace come with the claim, the proof is made anew", async () => {
    await using claude = await openClaude({ turns: [{ kind: "text", text: "claimed" }] });
    const { scene } = claude;
    await writeFile(join(scene.workspace, "mine.txt"), "mine\n");
    const [id = ""] = await prepare(scene, "--headless");
    const [waiting] = await list(scene);
    expect(waiting).toMatchObject({ id, state: "prepared" });
    const record = join(scene.stateHome, "claude-bottle", id);
    expect(await readdir(join(record, "workspace"))).toEqual([]);
    // Whoever reads the memory of what waits finds no secret.
    const environ = await readFile(`/proc/${waiting?.pid}/environ`, "utf8");
    expect(environ).not.toContain(token);

    const run = await claude.ask();
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain("claimed");
    expect(run.stderr).toContain(`bottle: ${id} ended with 0`);
    expect(await list(scene)).toMatchObject([{ id, state: "exited" }]);
    expect(await readdir(join(record, "workspace"))).toEqual(["mine.txt"]);
    const proof = JSON.parse(await readFile(join(record, "proof.json"), "utf8")) as {
      ok: boolean;
      probes: readonly { name: string }[];
    };
    expect(proof.ok).toBe(true);
    expect(proof.probes.map(({ name }) => name)).toContain("gateway-denied-name");
    expect((await scene.run(["audit", id, "--verify"])).code).toBe(0);
  });

  it("is left alone by a start for another boundary, and by all but one of those that want it at once", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const [id = ""] = await prepare(scene, "--headless");
    const detached = await scene.start(["--yes", "--detach"]);
    expect(detached.stdout.trim()).not.toBe(id);
    const runs = await Promise.all(
      [1, 2, 3].map((n) => scene.start(["--yes", "--headless", "--prompt", `echo ${n}`])),
    );
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, "1\n"],
      [0, "2\n"],
      [0, "3\n"],
    ]);
    expect(runs.filter(({ stderr }) => stderr.includes(`bottle: ${id} ended`)).length).toBe(1);
    await scene.run(["stop", "--all"]);
  });

  it("has the conversation's folder again when it is resumed, and leaves nothing if nobody wants it", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const [id = "", other = ""] = await prepare(scene, "--headless", "--count", "2");
    const run = await scene.start(["--yes", "--headless", "--prompt", "pwd; echo kept > a.txt"]);
    const claimed = run.stderr.includes(`bottle: ${id} ended`) ? id : other;
    const again = ["resume", claimed, "--yes", "--headless", "--prompt", "pwd; cat a.txt"];
    const resumed = await scene.run(again);
    expect(resumed.stderr).toContain(`${claimed} ended with 0`);
    expect(resumed).toMatchObject({ code: 0, stdout: `${run.stdout}kept\n` });
    const unclaimed = claimed === id ? other : id;
    expect((await scene.run(["stop", unclaimed])).code).toBe(0);
    await expect
      .poll(async () => (await list(scene)).map((one) => one.id), patient)
      .toEqual([claimed]);
    const keys = await readdir(join(scene.stateHome, "claude-bottle-keys"));
    expect(keys.filter((name) => name.startsWith(unclaimed))).toEqual([]);
  });

  it("takes the size of the terminal that claims it", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const [id = ""] = await prepare(scene);
    const started = await scene.start(["--yes", "--detach", "--prompt", "stty size; sleep 60"]);
    expect(started.stdout.trim()).toBe(id);
    await expect
      .poll(async () => (await scene.run(["logs", id])).stdout, patient)
      .toContain("40 120");
    await scene.run(["stop", id]);
  });

  it("has what the manifest shares, and is not claimed where that is another folder by now", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const write = async (folder: string): Promise<void> => {
      await mkdir(join(scene.folder, folder), { recursive: true });
      await writeFile(join(scene.folder, folder, "shared.txt"), `${folder}\n`);
      const mounts = [{ source: join(scene.folder, folder), target: "/data" }];
      const bottles = { e2e: { mounts } };
      const agents = { e2e: { bottle: "e2e", provider: "shell" } };
      await writeFile(scene.manifest, JSON.stringify({ version: 1, bottles, agents }));
    };
    await write("one");
    await chmod(scene.folder, 0o755);
    const [id = "", other = ""] = await prepare(scene, "--headless", "--count", "2");
    const ask = ["--yes", "--headless", "--prompt", "cat /data/shared.txt"];
    const first = await scene.start(ask);
    expect(first).toMatchObject({ code: 0, stdout: "one\n" });
    expect([id, other].some((one) => first.stderr.includes(`bottle: ${one} ended`))).toBe(true);
    await write("two");
    const second = await scene.start(ask);
    expect(second).toMatchObject({ code: 0, stdout: "two\n" });
    expect([id, other].some((one) => second.stderr.includes(`bottle: ${one} ended`))).toBe(false);
    await scene.run(["stop", "--all"]);
  });
});
