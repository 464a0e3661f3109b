import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";
import { bytesOf } from "../names.ts";
import { SafeFolder } from "../safe-folder.ts";
import { listReference } from "./reference.ts";
import { findChanges } from "./walk.ts";
import { openWork } from "./work.ts";

const lab = useApplyLab();
const yes = (): Promise<boolean> => Promise.resolve(true);

describe("a hostile bottle cannot", () => {
  it("have more read than is brought back: a sparse file of two terabytes is named with its size", async () => {
    writeFileSync(join(lab.bottle, "huge.bin"), "");
    truncateSync(join(lab.bottle, "huge.bin"), 2 ** 41);
    rmSync(join(lab.bottle, "changed.txt"));
    writeFileSync(join(lab.bottle, "changed.txt"), "");
    truncateSync(join(lab.bottle, "changed.txt"), 2 ** 41);
    lab.write(lab.bottle, "fine.txt", "x");
    const { skipped } = await lab.apply();
    expect(skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      expect.stringMatching(/^changed\.txt: its 2199023255552 bytes/) as string,
      expect.stringMatching(/^huge\.bin: its 2199023255552 bytes/) as string,
    ]);
    expect(lab.files()).toEqual(expect.arrayContaining(["changed.txt", "fine.txt"]));
    expect(lab.git(lab.repo, "show", `${branch}:changed.txt`)).toBe("old");
  });

  it("have more read by many files of holes: there is a bound for all of them", async () => {
    for (let count = 0; count < 9; count += 1) {
      writeFileSync(join(lab.bottle, `holes-${count}`), "");
      truncateSync(join(lab.bottle, `holes-${count}`), 500 * 1024 * 1024);
    }
    expect(await lab.applyCode()).toBe("E_APPLY_TOO_LARGE");
  });

  it("have more entries walked than a bound", async () => {
    const folder = join(lab.base, "many");
    for (let count = 0; count < 50; count += 1) lab.write(folder, `${count % 7}/${count}`, "");
    using work = SafeFolder.open(folder);
    const options = {
      work,
      reference: listReference(new Map()),
      ignore: undefined,
      isTouched: () => true,
      sparse: false,
    };
    expect((await findChanges({ ...options, maxEntries: 57 })).changed).toHaveLength(50);
    await expect(findChanges({ ...options, maxEntries: 56 })).rejects.toMatchObject({
      code: "E_APPLY_TOO_LARGE",
    });
  });

  it("make it wait: FIFOs, sockets, devices and folders that may not be entered are passed over", async () => {
    execFileSync("mkfifo", [join(lab.bottle, "pipe")]);
    execFileSync("mkfifo", [join(lab.bottle, "sub", ".gitignore")]);
    const server = spawn(process.execPath, [
      "-e",
      `require("net").createServer().listen(${JSON.stringify(join(lab.bottle, "socket"))}, () => console.log("up"))`,
    ]);
    await new Promise((resolve) => server.stdout.once("data", resolve));
    if (process.getuid?.() === 0) execFileSync("mknod", [join(lab.bottle, "zero"), "c", "1", "5"]);
    const { skipped } = await lab.apply();
    server.kill("SIGKILL");
    expect(skipped.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["pipe", "socket", "sub/.gitignore"]),
    );
    expect(skipped.every(({ reason }) => reason === "it is no file, folder or link")).toBe(true);
  });

  it("send it around in circles or down for ever", async () => {
    symlinkSync(".", join(lab.bottle, "loop"));
    symlinkSync("../..", join(lab.bottle, "sub", "up"));
    // Deeper than a path can be said; made step by step, as an agent would.
    execFileSync("sh", [
      "-c",
      'cd "$1" && i=0; while [ $i -lt 1100 ]; do mkdir dd && cd -P dd || exit 1; i=$((i + 1)); done; echo x > bottom',
      "sh",
      lab.bottle,
    ]);
    lab.write(lab.bottle, "fine.txt", "x");
    const { skipped } = await lab.apply({ includeDangerous: yes });
    expect(skipped).toMatchObject([{ reason: "its path is too long" }]);
    expect(lab.files()).toEqual(expect.arrayContaining(["fine.txt", "loop", "sub/up"]));
    execFileSync("rm", ["-rf", join(lab.bottle, "dd")]);
  }, 60_000);

  it("lose or change a name: line breaks, escapes and bytes that are no UTF-8 come as they are", async () => {
    const names = [
      "two\nlines",
      "tab\there",
      "\u001b[31mred",
      'quote"back',
      "-rf",
      ":(top)x",
      "a\u202eb",
    ];
    for (const name of names) lab.write(lab.bottle, name, "x");
    writeFileSync(Buffer.concat([bytesOf(`${lab.bottle}/odd`), Buffer.from([0xff, 0xfe])]), "x");
    await lab.apply();
    const listed = execFileSync("git", ["ls-tree", "-r", "-z", "--name-only", branch], {
      cwd: lab.repo,
    });
    const found = listed.toString("latin1").split("\0");
    for (const name of names) expect(found).toContain(Buffer.from(name).toString("latin1"));
    expect(found).toContain("odd\u00ff\u00fe");
  });
});

describe("while something in the bottle races", () => {
  let racer: ChildProcess | undefined;
  afterEach(async () => {
    if (racer === undefined) return;
    const ended = new Promise((resolve) => racer?.once("close", resolve));
    // With what it has started.
    process.kill(-(racer.pid ?? 0), "SIGKILL");
    await ended;
    racer = undefined;
  });

  async function race(script: string): Promise<void> {
    racer = spawn(process.execPath, ["-e", `const fs = require("fs"); ${script}`], {
      cwd: lab.bottle,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    await new Promise((resolve) => racer?.stdout?.once("data", resolve));
  }

  it("a folder that is swapped for a link to a secret never gives the secret away", async () => {
    const secret = join(lab.base, "secret");
    lab.write(secret, "file.txt", "host secret\n");
    lab.write(secret, "key", "host secret\n");
    for (let count = 0; count < 200; count += 1)
      lab.write(lab.bottle, `race/${count}.txt`, `${count}\n`);
    mkdirSync(join(lab.bottle, "away"));
    await race(`
      console.log("racing");
      for (;;) {
        try { fs.renameSync("sub/deep", "away/deep"); fs.symlinkSync(${JSON.stringify(secret)}, "sub/deep"); } catch {}
        try { fs.unlinkSync("sub/deep"); } catch {}
        try { fs.renameSync("away/deep", "sub/deep"); } catch {}
        try { fs.unlinkSync("race/7.txt"); fs.symlinkSync(${JSON.stringify(join(secret, "key"))}, "race/7.txt"); } catch {}
        try { fs.unlinkSync("race/7.txt"); fs.writeFileSync("race/7.txt", "plain"); } catch {}
      }`);
    for (let round = 0; round < 4; round += 1) {
      await using work = await openWork({ ...lab.work(), running: true });
      const { output } = await work.stage.git({
        step: "look",
        argv: ["diff-tree", "-p", "--root", work.start, work.result],
        maxOutput: 64 * 1024 * 1024,
      });
      // Links come as links, with the place they name; what is there never does.
      expect(output.toString()).not.toContain("+host secret");
    }
    expect(await lab.applyCode({ running: true, to: "worktree" })).toMatch(
      /^(no error|E_APPLY_.*)$/,
    );
    expect(readFileSync(join(secret, "file.txt"), "utf8")).toBe("host secret\n");
    expect(readdirSync(secret).toSorted()).toEqual(["file.txt", "key"]);
  }, 60_000);

  it("a file that grows and shrinks comes as some state of it, and stops nothing", async () => {
    await race(`
      console.log("racing");
      const big = Buffer.alloc(9 * 1024 * 1024, "x");
      for (;;) {
        fs.writeFileSync("log.txt", "y".repeat(Math.floor(Math.random() * 5000)));
        fs.truncateSync("log.txt", 0);
        fs.writeFileSync("big.txt", big);
        fs.truncateSync("big.txt", 100);
      }`);
    for (let round = 0; round < 4; round += 1)
      expect(await lab.applyCode({ running: true })).toBe("no error");
  }, 60_000);

  it("commits that are being made are brought, or not yet", async () => {
    await race(`
      const { execFileSync } = require("child_process");
      console.log("racing");
      for (let count = 0; ; count += 1) {
        fs.writeFileSync("count.txt", String(count));
        execFileSync("git", ["-c", "user.name=r", "-c", "user.email=r@example.org", "-c", "gc.auto=0", "commit", "-qam", "c" + count, "--allow-empty"]);
        if (count % 5 === 4) execFileSync("git", ["gc", "-q", "--prune=now"]);
      }`);
    for (let round = 0; round < 4; round += 1)
      expect(await lab.applyCode({ running: true })).toBe("no error");
  }, 60_000);
});

describe("what a bottle left lying about", () => {
  it("is gone after a reading that failed", async () => {
    rmSync(join(lab.bottle, ".git", "HEAD"));
    expect(await lab.applyCode()).toBe("E_APPLY_DAMAGED");
    renameSync(join(lab.bottle, ".git"), join(lab.bottle, "moved"));
    expect(await lab.applyCode()).toBe("E_APPLY_DAMAGED");
    expect(readdirSync(join(lab.base, "record"))).toEqual(["workspace", "workspace.json"]);
    expect(existsSync(join(lab.repo, "moved"))).toBe(false);
  });
});
