/** What a bottle shares with this machine beside its workspace: read-only, checked, and no way out. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";

const isRoot = process.getuid?.() === 0;

async function withData(): Promise<TestHome & { readonly data: string }> {
  const home = await openTestHome();
  const data = join(home.home, "datasets");
  mkdirSync(join(data, "deep"), { recursive: true });
  writeFileSync(join(data, "deep/a.txt"), "mine\n");
  if (isRoot) chmodSync(home.dir, 0o700);
  return Object.assign(home, { data });
}

const mounts = (source: string, target = "/data"): object => ({ mounts: [{ source, target }] });

describe("a read-only mount", () => {
  test("is read and not written to, by no means", async () => {
    await using home = await withData();
    await using run = await startTestBottle({ home, bottle: mounts("~/datasets") });
    const { stdout } = await run.bottle.exec([
      "/bin/sh",
      "-c",
      "cat /data/deep/a.txt; (echo x > /data/x; echo x >> /data/deep/a.txt; rm -rf /data/deep; mv /data/deep /data/e; chmod 777 /data/deep/a.txt; mount -o remount,rw /data; ln /data/deep/a.txt ~/b) 2>&1",
    ]);
    expect(stdout.split("\n")[0]).toBe("mine");
    expect(
      stdout.match(
        /Read-only|not permitted|denied|must be superuser|cross-device|Cross-device|only root/gi,
      )?.length,
    ).toBeGreaterThanOrEqual(7);
    expect(readFileSync(join(home.data, "deep/a.txt"), "utf8")).toBe("mine\n");
    const proof = await run.bottle.proof;
    expect(proof.probes.find(({ name }) => name === "read-only-mounts")).toMatchObject({
      ok: true,
    });
  });

  test("can be one file", async () => {
    await using home = await withData();
    await using run = await startTestBottle({
      home,
      bottle: mounts("~/datasets/deep/a.txt", "/only"),
    });
    expect((await run.bottle.exec(["cat", "/only"])).stdout).toBe("mine\n");
  });

  test("that can be written to inside stops the start", async () => {
    await using home = await withData();
    const started = startTestBottle({
      home: {
        ...home,
        host: { ...home.host, env: { ...home.host.env, BOTTLE_TEST_BREAK: "mounts" } },
      },
      bottle: mounts("~/datasets"),
    });
    await expect((await started).bottle.ended).rejects.toMatchObject({ code: "E_PROOF_FAILED" });
  });

  test.each<[string, (home: TestHome & { data: string }) => string | Promise<string>, RegExp]>([
    ["a folder that is not there", () => "/nowhere/at/all", /not there/],
    [
      "what a link of the owner's leads to",
      (home) => {
        symlinkSync(home.data, join(home.home, "link"));
        if (isRoot) lchownSync(join(home.home, "link"), 12_345, 12_345);
        return "~/link/deep";
      },
      /is a link/,
    ],
    [
      "a folder with a socket",
      async (home) => {
        const server = createServer();
        await new Promise<void>((done) => server.listen(join(home.data, "deep/s.sock"), done));
        server.unref();
        return "~/datasets";
      },
      /is a socket/,
    ],
    [
      "a pipe",
      (home) => {
        execFileSync("mkfifo", [join(home.data, "pipe")]);
        return "~/datasets/pipe";
      },
      /no folder and no file/,
    ],
  ])("of %s is refused", async (_, prepare, words) => {
    await using home = await withData();
    const source = await prepare(home);
    await expect(startTestBottle({ home, bottle: mounts(source) })).rejects.toMatchObject({
      code: "E_PLAN_MOUNT",
      why: expect.stringMatching(words) as string,
    });
  });

  test.each([
    "~/.ssh",
    "~/.aws",
    "~/.gnupg",
    "~/.config/gh",
    "~/.claude",
    "~/.cargo",
    "~/.m2",
    "~",
    "/",
    "/proc",
    "/sys/kernel",
    "/dev",
  ])("of %s is refused with the reason", async (source) => {
    await using home = await withData();
    for (const name of [".ssh", ".aws", ".gnupg", ".config/gh", ".claude"])
      mkdirSync(join(home.home, name), { recursive: true });
    await expect(startTestBottle({ home, bottle: mounts(source) })).rejects.toThrow(
      /mount|source|path/i,
    );
  });

  test("of a link of root's is checked for what it leads to", async () => {
    await using home = await withData();
    await expect(startTestBottle({ home, bottle: mounts("/proc/self/cwd") })).rejects.toThrow();
    const records = join(home.stateHome, "claude-bottle");
    mkdirSync(records, { recursive: true, mode: 0o700 });
    await expect(startTestBottle({ home, bottle: mounts(home.stateHome) })).rejects.toMatchObject({
      code: "E_PLAN_MOUNT",
    });
  });
});

describe("commits inside are by", () => {
  const author = async (home: TestHome, bottle: object): Promise<string> => {
    await using run = await startTestBottle({ home, bottle });
    const { stdout, stderr } = await run.bottle.exec([
      "/bin/sh",
      "-c",
      "git init -q /tmp/r && cd /tmp/r && git commit -q --allow-empty -m x && git log --format='%an <%ae>'",
    ]);
    return stdout.trim() + stderr;
  };

  test("the agent, with an address that nobody has", async () => {
    await using home = await openTestHome();
    expect(await author(home, {})).toMatch(/^tester <tester-[a-z0-9]{5}@bottle\.invalid>$/);
  });

  test("whom the manifest names, whatever characters are in it", async () => {
    await using home = await openTestHome();
    const name = 'A "quoted" \\ näme # ; [x]';
    expect(await author(home, { git: { name, email: "a@example.org" } })).toBe(
      `${name} <a@example.org>`,
    );
  });

  test("the owner, of whose git config nothing else comes along and nothing runs", async () => {
    await using home = await openTestHome();
    writeFileSync(join(home.home, "evil.sh"), `#!/bin/sh\ntouch ${home.dir}/ran\n`, {
      mode: 0o755,
    });
    writeFileSync(join(home.home, "included"), "[user]\n\tname = Somebody Else\n");
    writeFileSync(
      join(home.home, ".gitconfig"),
      `[user]\n\tname = Owner\n\temail = owner@example.org\n\tsigningkey = KEY\n[include]\n\tpath = ${home.home}/included\n[core]\n\tfsmonitor = ${home.home}/evil.sh\n[credential]\n\thelper = !${home.home}/evil.sh\n`,
    );
    expect(await author(home, { git: "host" })).toBe("Owner <owner@example.org>");
    expect(() => readFileSync(join(home.dir, "ran"))).toThrow();
  });

  test("nobody, where the owner's config has no name: it is an error with its remedy", async () => {
    await using home = await openTestHome();
    await expect(startTestBottle({ home, bottle: { git: "host" } })).rejects.toMatchObject({
      code: "E_PLAN_GIT",
      next: expect.stringContaining("git config --global user.name") as string,
    });
  });

  test("and git reads a repository that is mounted from somebody else", async () => {
    await using home = await openTestHome();
    const repo = join(home.home, "repo");
    execFileSync("git", ["init", "-q", repo]);
    execFileSync("git", [
      "-C",
      repo,
      "-c",
      "user.name=o",
      "-c",
      "user.email=o@example.org",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "theirs",
    ]);
    await using run = await startTestBottle({ home, bottle: mounts("~/repo", "/repo") });
    const { stdout, stderr } = await run.bottle.exec(["git", "-C", "/repo", "log", "--format=%s"]);
    expect(stdout + stderr).toBe("theirs\n");
  });
});
