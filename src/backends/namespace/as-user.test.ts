/** Run by root, these tests start bottles as an ordinary user as well; the other way round is not possible. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { need } from "../../../tests/support/require.ts";
import { bundleLauncher } from "../../../tests/support/namespace-bundle.ts";
import { isAlive, readProcess } from "../../host/process.ts";

const user = 12_345;

/** A folder of that user with the launcher in it, and the command that runs it as him. */
async function prepare(): Promise<
  { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv } & Disposable
> {
  const dir = mkdtempSync(join(tmpdir(), "bottle-user-"));
  const launcher = await bundleLauncher(dir);
  chmodSync(launcher, 0o644);
  chownSync(dir, user, user);
  return {
    argv: [
      "--reuid",
      String(user),
      "--regid",
      String(user),
      "--clear-groups",
      "--",
      process.execPath,
      launcher,
    ],
    env: { TMPDIR: dir, HOME: dir },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

describe("as an ordinary user", () => {
  beforeEach((context) => {
    need(context, process.getuid?.() === 0 ? undefined : "only root becomes another user");
  });

  test("a bottle gets its own descriptors and no others", async () => {
    using prepared = await prepare();
    const ended = spawnSync("setpriv", [...prepared.argv, "fds"], {
      env: prepared.env,
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(ended.stderr).toBe("");
    // 4 is the folder that `ls` reads.
    expect(ended.stdout.trim()).toBe("0 1 2 3 4");
  });

  test("every process of a bottle is that user's, and all die with the supervisor", async () => {
    using prepared = await prepare();
    const child = spawn("setpriv", [...prepared.argv, "stay"], {
      env: prepared.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((done) =>
      child.stdout.once("data", (data: Buffer) => done(String(data))),
    );
    const found = (JSON.parse(line) as number[]).flatMap((pid) => readProcess(pid) ?? []);
    expect(found.length).toBeGreaterThanOrEqual(5);
    for (const { pid } of found)
      expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(
        new RegExp(`^Uid:\\s${user}\\s${user}\\s${user}\\s${user}$`, "m"),
      );
    child.kill("SIGKILL");
    await expect.poll(() => found.filter(isAlive), { timeout: 5000 }).toEqual([]);
  });
});
