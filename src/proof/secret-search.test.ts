import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needlesOf } from "./needles.ts";
import { searchSecrets } from "./secret-search.ts";

const value = "tok-5fJq81LmQx7RwZ-planted";
const values = [{ name: "planted", value }];
const nothing = { pids: [], paths: [], values, memory: false };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bottle-search-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function withProcess<T>(
  env: Record<string, string>,
  args: readonly string[],
  use: (pid: number) => Promise<T>,
): Promise<T> {
  const script = `const held = Buffer.from(process.argv[1] ?? "", "hex"); console.log(held.length); setInterval(() => held, 1e6)`;
  const child = spawn(process.execPath, ["-e", script, "--", ...args], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await once(child.stdout, "data");
    return await use(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
  }
}

describe("the search for secrets", () => {
  it("finds a secret in the environment of a process and names the place, not the value", async () => {
    const result = await withProcess({ A: `x${value}y` }, [], (pid) =>
      searchSecrets({ ...nothing, pids: [pid] }),
    );
    expect(result.found).toHaveLength(1);
    expect(result.found[0]?.name).toBe("planted");
    expect(result.found[0]?.where).toMatch(/^environ of process \d+$/);
    expect(JSON.stringify(result)).not.toContain(value);
  });

  it("finds a secret in the arguments of a process, in base64 too", async () => {
    const hidden = Buffer.from(`Authorization: Bearer ${value}\n`).toString("base64");
    const result = await withProcess({}, [hidden], (pid) =>
      searchSecrets({ ...nothing, pids: [pid] }),
    );
    expect(result.found.map(({ where }) => where)).toEqual([
      expect.stringMatching(/^cmdline of process \d+$/),
    ]);
  });

  it("finds a secret that is only in the memory of a process, and only when memory is searched", async () => {
    // The argument is the value's hex with every byte inverted, so that only memory holds the value itself.
    const script = `const b = Buffer.from(process.argv[1], "hex").map((x) => x ^ 255); console.log(b.length); setInterval(() => b, 1e6)`;
    const inverted = Buffer.from(Buffer.from(value).map((byte) => byte ^ 255)).toString("hex");
    const child = spawn(process.execPath, ["-e", script, inverted], {
      env: {},
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      await once(child.stdout, "data");
      const pids = [child.pid ?? 0];
      expect((await searchSecrets({ ...nothing, pids })).found).toEqual([]);
      const deep = await searchSecrets({ ...nothing, pids, memory: true });
      expect(deep.found).toEqual([{ name: "planted", where: `memory of process ${pids[0]}` }]);
      expect(deep.unread).toEqual([]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("finds nothing in a process without the secret", async () => {
    const result = await withProcess({ A: "worthless" }, ["worthless"], (pid) =>
      searchSecrets({ ...nothing, pids: [pid], memory: true }),
    );
    expect(result).toMatchObject({ found: [], unread: [], searched: { processes: 1 } });
    expect(result.searched.bytes).toBeGreaterThan(1_000_000);
  });

  it("finds a secret in a file across the border of two windows", async () => {
    const file = join(dir, "big");
    const before = Buffer.alloc(1024 * 1024 - 10, "a");
    await writeFile(file, Buffer.concat([before, Buffer.from(value), Buffer.alloc(5000, "b")]));
    const result = await searchSecrets({ ...nothing, paths: [dir] });
    expect(result.found).toEqual([{ name: "planted", where: file }]);
    expect(result.searched.files).toBe(1);
  });

  it("follows no symbolic link and waits on no pipe", async () => {
    const outside = await mkdtemp(join(tmpdir(), "bottle-outside-"));
    try {
      await writeFile(join(outside, "secret"), value);
      await mkdir(join(dir, "sub"));
      await symlink(outside, join(dir, "sub", "dir"));
      await symlink(join(outside, "secret"), join(dir, "file"));
      await once(spawn("mkfifo", [join(dir, "pipe")]), "exit");
      const result = await searchSecrets({ ...nothing, paths: [dir] });
      expect(result).toMatchObject({ found: [], unread: [], searched: { files: 0 } });
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it("says what it could not read", async () => {
    const result = await searchSecrets({ ...nothing, paths: [join(dir, "none")] });
    expect(result.unread).toEqual([`${join(dir, "none")}: ENOENT`]);
  });

  it("finds a secret in a text that is in no process yet", async () => {
    const texts = [{ where: "the agent's variable KEY", text: `Bearer ${value}` }];
    const { found } = await searchSecrets({ ...nothing, texts });
    expect(found).toEqual([{ name: "planted", where: "the agent's variable KEY" }]);
  });

  it("refuses a value too short to be told from chance", async () => {
    await expect(
      searchSecrets({ ...nothing, values: [{ name: "pin", value: "1234" }] }),
    ).rejects.toThrow("pin is too short");
  });

  it("has a form for the value wherever it stands in base64 or hex", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(bytes, bytes, fc.string({ minLength: 8, unit: "binary" }), (a, b, secret) => {
        const whole = Buffer.concat([a, Buffer.from(secret, "utf8"), b]);
        const needles = needlesOf([{ name: "s", value: secret }]);
        for (const encoding of ["base64", "base64url", "hex"] as const) {
          const text = whole.toString(encoding);
          expect(needles.some((needle) => text.includes(needle.bytes.toString("latin1")))).toBe(
            true,
          );
        }
      }),
    );
  });
});
