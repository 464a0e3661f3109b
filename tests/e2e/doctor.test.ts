/** The command itself: what it says of this machine, what it never says, and its exit code. */
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../../src/compose/doctor/diagnose.ts";
import { openScene } from "./support/cli.ts";
import { manifestText, token } from "./support/manifest.ts";

function diagnosis(stdout: string): Diagnosis {
  return JSON.parse(stdout) as Diagnosis;
}

describe("bottle doctor", () => {
  it("finds the default rung working here, in words and in JSON, and leaves nothing behind", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const home = { HOME: scene.folder, XDG_CACHE_HOME: join(scene.folder, "cache") };
    const json = await scene.run(["doctor", "--format", "json"], home);
    expect(json).toMatchObject({ code: 0, stderr: "" });
    const found = diagnosis(json.stdout);
    expect(found).toMatchObject({ version: 1, ok: true });
    expect(found.rungs[0]).toMatchObject({ rung: "namespace", available: true });
    expect(found.limits.map(({ name }) => name)).toEqual(["cpus", "memory", "pids", "disk"]);
    expect(found.places.map(({ place }) => place)).toEqual(["local", "ssh://", "fly"]);
    const words = await scene.run(["doctor"], home);
    expect(words).toMatchObject({ code: 0, stderr: "" });
    for (const { name, checks } of found.groups) {
      expect(words.stdout).toContain(`\n${name}\n`);
      for (const check of checks) expect(words.stdout).toContain(` ${check.name}`);
    }
    expect(await readdir(scene.folder)).toEqual(["bottles.yaml", "workspace"]);
  });

  it("never says a secret that is in the environment, in a file or behind a command", async () => {
    const manifest = {
      version: 1,
      bottles: {
        dev: {
          credentials: [
            { preset: "anthropic", secret: "env:E2E_TOKEN" },
            { host: "a.example.org", header: "X-Key: {secret}", secret: "file:~/secret" },
            { host: "b.example.org", header: "X-Key: {secret}", secret: "command:cat secret" },
          ],
        },
      },
      agents: { agent: { bottle: "dev" } },
    };
    await using scene = await openScene(JSON.stringify(manifest));
    const hidden = ["file-secret-value", "user:hunter22", "sk-ant-api03-never-shown-at-all"];
    await writeFile(join(scene.folder, "secret"), hidden[0] ?? "", { mode: 0o600 });
    const env = {
      HOME: scene.folder,
      E2E_TOKEN: token,
      HTTPS_PROXY: `http://${hidden[1]}@proxy.example:3128`,
      ANTHROPIC_API_KEY: hidden[2],
    };
    for (const format of ["json", "text"]) {
      const args = ["doctor", "--manifest", scene.manifest, "--format", format];
      const { stdout, stderr } = await scene.run(args, env);
      expect(stdout).toContain("file:~/secret is there");
      for (const value of [token, ...hidden]) {
        expect(stdout + stderr).not.toContain(value);
        expect(stdout + stderr).not.toContain(value.slice(-8));
      }
    }
  });

  it("ends with 1 where the default rung does not work, and says what to do", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const loader = join(scene.folder, "elsewhere.cjs");
    await writeFile(loader, 'Object.defineProperty(process, "arch", { value: "riscv64" });\n');
    const env = { NODE_OPTIONS: `--require ${loader}` };
    const { code, stdout } = await scene.run(["doctor", "--format", "json"], env);
    expect(code).toBe(1);
    expect(diagnosis(stdout)).toMatchObject({
      ok: false,
      rungs: [
        {
          rung: "namespace",
          available: false,
          detail: "There is no system call filter for riscv64.",
          remedy: "Use a machine with an x64 or arm64 processor.",
        },
        {},
        {},
        {},
        {},
        {},
        {},
      ],
    });
  });

  it("ends with 0 where everything else is bad but a bottle can be made", async () => {
    await using scene = await openScene("version: 2\n");
    const records = join(scene.stateHome, "claude-bottle");
    await mkdir(join(records, "agent-00000"), { recursive: true });
    await chmod(records, 0o777);
    const env = {
      NODE_EXTRA_CA_CERTS: join(scene.folder, "nowhere.pem"),
      ANTHROPIC_API_KEY: "sk-ant-ort01-a-refresh-token",
      PATH: "/nowhere",
    };
    const args = ["doctor", "--manifest", scene.manifest, "--format", "json"];
    const { code, stdout } = await scene.run(args, env);
    const bad = diagnosis(stdout).groups.flatMap(({ checks }) =>
      checks.filter(({ state }) => state === "bad").map(({ name }) => name),
    );
    expect(code).toBe(0);
    for (const name of ["git", "manifest", "token", "certificates", "folder", "record"])
      expect(bad).toContain(name);
  });
});
