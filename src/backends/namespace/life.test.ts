/** How a bottle starts and ends, and what is refused before it starts. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundleLauncher } from "../../../tests/support/namespace-bundle.ts";
import { openLab } from "../../../tests/support/namespace-lab.ts";
import { isAlive, readProcess } from "../../host/process.ts";

describe("a bottle's life", () => {
  test("descriptors that leak in the supervisor do not reach the bottle", async () => {
    using lab = openLab();
    const secret = join(lab.dir, "secret");
    writeFileSync(secret, "secret");
    const script = 'exec 5<"$1" 9<"$1" 20<"$1"; exec "$2" "$3" fds';
    const argv = ["-c", script, "bash", secret, process.execPath, await bundleLauncher(lab.dir)];
    const ended = spawnSync("bash", argv, { encoding: "utf8", timeout: 20_000 });
    expect(ended.stderr).toBe("");
    // 4 is the folder that `ls` reads.
    expect(ended.stdout.trim()).toBe("0 1 2 3 4");
  }, 30_000);

  test("all of it dies when the supervisor is killed", async () => {
    using lab = openLab();
    const launcher = await bundleLauncher(lab.dir);
    const child = spawn(process.execPath, [launcher, "stay"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: lab.dir },
    });
    const pids = await new Promise<number[]>((done) =>
      child.stdout.once("data", (data: Buffer) => done(JSON.parse(String(data)) as number[])),
    );
    const found = pids.flatMap((pid) => readProcess(pid) ?? []);
    expect(found.length).toBeGreaterThanOrEqual(5);
    child.kill("SIGKILL");
    await expect.poll(() => found.filter(isAlive), { timeout: 5000 }).toEqual([]);
    for (const left of await lab.backend.find())
      if (left.id.startsWith("lab-")) await lab.backend.sweep(left);
  }, 30_000);

  test("a path that is not there, or that would hide the bottle's system, is refused before anything starts", async () => {
    using lab = openLab();
    const mount = (source: string, target: string) =>
      lab.launch({ mounts: [{ source, target, mode: "ro" }] });
    await expect(mount("/nonexistent-x", "/opt/x")).rejects.toMatchObject({ code: "E_RUNG_MOUNT" });
    for (const target of [
      "/etc/passwd",
      "/proc",
      "/usr",
      "/home/agent/x",
      "/work/project/x",
      "/work/../etc",
      "relative",
      "/",
    ])
      await expect(mount("/usr", target)).rejects.toMatchObject({ code: "E_RUNG_MOUNT" });
  });

  test("a helper that cannot start is an error with its words, and leaves nothing", async () => {
    using lab = openLab();
    await expect(lab.launch({ helperArgv: ["/nonexistent"] })).rejects.toMatchObject({
      code: "E_RUNG_LAUNCH",
      why: expect.stringContaining("/nonexistent") as string,
    });
  });

  test("files handed in are read-only and no name of ours stays in the run directory", async () => {
    using lab = openLab();
    const file = join(lab.dir, "file");
    writeFileSync(file, "content");
    const spec = lab.spec({
      mounts: [{ source: file, target: "/opt/claude-bottle/file", mode: "ro" }],
    });
    await using bottle = await lab.launch(spec);
    expect(
      (await bottle.sh("cat /opt/claude-bottle/file; echo x > /opt/claude-bottle/file")).stdout,
    ).toBe("content");
    expect(readFileSync(file, "utf8")).toBe("content");
    expect(readdirSync(join(spec.linkDir, "..")).filter((name) => name.startsWith("."))).toEqual(
      [],
    );
  });

  test("odd names in paths stay names", async () => {
    using lab = openLab();
    const dir = join(lab.dir, "a b'; touch x $(id) \"\\ é\n%s");
    mkdirSync(dir, { mode: 0o755 });
    writeFileSync(join(dir, "f"), "odd");
    await using bottle = await lab.launch({
      mounts: [{ source: dir, target: "/opt/odd", mode: "ro" }],
    });
    expect((await bottle.sh("cat /opt/odd/f")).stdout).toBe("odd");
  });
});

test("a bottle runs a command and has no process left after stop", async () => {
  using lab = openLab();
  await using bottle = await lab.launch();
  expect((await bottle.sh("echo hello")).stdout).toBe("hello\n");
  await bottle.sh(
    "sleep 300 >/dev/null 2>&1 </dev/null & setsid sleep 301 >/dev/null 2>&1 </dev/null &",
  );
  const found = (await bottle.running.processes()).flatMap((pid) => readProcess(pid) ?? []);
  expect(found.length).toBeGreaterThanOrEqual(5);
  await bottle.running.stop(0);
  expect(found.filter(isAlive)).toEqual([]);
});
