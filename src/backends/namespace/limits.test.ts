/** Limits by control groups, for real where this host lets us make them, and on fixtures of other hosts. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { need } from "../../../tests/support/require.ts";
import { bundleLauncher } from "../../../tests/support/namespace-bundle.ts";
import { openLab } from "../../../tests/support/namespace-lab.ts";
import { groupBases, readGroupFacts } from "./groups/bases.ts";
import { readGroupName, writeGroupName } from "./groups/name.ts";
import { planLimits } from "./limits.ts";

const bases = process.platform === "linux" ? groupBases(readGroupFacts()) : [];
const controllers = bases.flatMap((base) => base.controllers);
const wanted = { cpus: 0.5, memory: 256 * 1024 ** 2, pids: 60, disk: 1024 ** 3 };

describe("where the host's control groups are writable", () => {
  test("a program that takes more memory than the limit is killed, and the bottle stays", async (context) => {
    need(context, controllers.includes("memory") ? undefined : "no writable memory control group");
    using lab = openLab();
    const limits = await lab.backend.limits(wanted);
    expect(limits.find(({ name }) => name === "memory")).toMatchObject({
      enforced: true,
      how: expect.stringMatching(/^cgroup v[12] memory controller$/) as string,
    });
    await using bottle = await lab.launch({ limits });
    const hungry = await bottle.run([
      "python3",
      "-c",
      "b = bytearray(600 * 1024 * 1024)\nfor i in range(0, len(b), 4096): b[i] = 1\nprint('had it')",
    ]);
    expect(hungry.signal).toBe("SIGKILL");
    expect((await bottle.sh("echo still here")).stdout).toBe("still here\n");
  });

  test("more processes than the limit are refused", async (context) => {
    need(context, controllers.includes("pids") ? undefined : "no writable pids control group");
    using lab = openLab();
    await using bottle = await lab.launch({ limits: await lab.backend.limits(wanted) });
    const file = await bottle.sh(
      "python3 -u -c \"import os, time\nn = 0\ntry:\n  while n < 200:\n    if os.fork() == 0: time.sleep(3); os._exit(0)\n    n += 1\nexcept BlockingIOError: print('refused', n < 60, flush=True)\nos._exit(0)\" 2>&1",
    );
    expect(file.stdout).toBe("refused True\n");
  });

  test("the groups are gone after stop", async (context) => {
    need(context, controllers.length > 0 ? undefined : "no writable control group");
    using lab = openLab();
    const spec = lab.spec({ limits: await lab.backend.limits(wanted) });
    const bottle = await lab.launch(spec);
    const groups = (): readonly string[] =>
      bases
        .flatMap(({ dir }) =>
          existsSync(join(dir, "claude-bottle")) ? readdirSync(join(dir, "claude-bottle")) : [],
        )
        .filter((name) => name.startsWith(`${spec.id}.`));
    expect(groups().length).toBeGreaterThan(0);
    await bottle.running.stop(0);
    expect(groups()).toEqual([]);
  });

  test("what a killed supervisor left is found and swept, and nothing of a living one", async (context) => {
    need(context, controllers.length > 0 ? undefined : "no writable control group");
    using lab = openLab();
    await using living = await lab.launch({ limits: await lab.backend.limits(wanted) });
    const id = `left-${process.pid.toString(36)}`;
    const child = spawn(process.execPath, [await bundleLauncher(lab.dir), "stay", id], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: lab.dir },
    });
    await new Promise((done) => child.stdout.once("data", done));
    expect((await lab.backend.find()).map((found) => found.id)).not.toContain(id);
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
    const found = (await lab.backend.find()).filter((left) => left.id === id);
    expect(found.length).toBeGreaterThan(0);
    for (const left of found) await lab.backend.sweep(left);
    const after = (await lab.backend.find()).map((left) => left.id);
    expect(after).not.toContain(id);
    expect(after).not.toContain(living.running.id);
    expect((await living.sh("echo alive")).stdout).toBe("alive\n");
  });
});

test("a host without writable groups says so for each limit, and enforces none", () => {
  for (const limit of planLimits(wanted, [], 1000))
    expect(limit).toMatchObject({
      enforced: false,
      how: expect.stringMatching(/^(no .* control group is writable|workspace and home)/) as string,
    });
});

test("the disk limit is never called enforced", () => {
  expect(
    planLimits(wanted, [{ version: 1, controllers: ["memory"], dir: "/x" }], 0).find(
      ({ name }) => name === "disk",
    )?.enforced,
  ).toBe(false);
});

test("a promised limit that the kernel does not take, or has no group for, stops the launch", async () => {
  using lab = openLab();
  const limits = [{ name: "pids", value: -5, enforced: true, how: "" }] as const;
  await expect(lab.launch({ limits })).rejects.toMatchObject({ code: "E_RUNG_LIMIT" });
});

describe("on a host with cgroup v2", () => {
  function host(
    own: string,
    groups: Readonly<Record<string, { controllers: string; handsDown: string; procs: string }>>,
  ): { readonly root: string; readonly bases: () => ReturnType<typeof groupBases> } & Disposable {
    const root = mkdtempSync(join(tmpdir(), "bottle-groups-"));
    for (const [path, group] of Object.entries(groups)) {
      mkdirSync(join(root, path), { recursive: true });
      writeFileSync(join(root, path, "cgroup.controllers"), group.controllers);
      writeFileSync(join(root, path, "cgroup.subtree_control"), group.handsDown);
      writeFileSync(join(root, path, "cgroup.procs"), group.procs);
    }
    const mountinfo = `30 23 0:26 / ${root} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n`;
    return {
      root,
      bases: () => groupBases({ mountinfo, cgroup: `0::${own}\n` }),
      [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
    };
  }

  test("the nearest group above that hands controllers down is taken", () => {
    using found = host("/user/app/term", {
      "/": { controllers: "cpu memory pids io", handsDown: "cpu memory pids", procs: "1" },
      "/user/app": { controllers: "memory pids", handsDown: "memory pids", procs: "" },
      "/user/app/term": { controllers: "memory pids", handsDown: "", procs: "77\n" },
    });
    expect(found.bases()).toEqual([
      { version: 2, controllers: ["memory", "pids"], dir: join(found.root, "user/app") },
    ]);
  });

  test("a group outside of the namespace's root is not used", () => {
    using found = host("/../other", {
      "/": { controllers: "memory", handsDown: "memory", procs: "" },
    });
    expect(found.bases()).toEqual([]);
  });

  test("a group with processes that hands nothing down is passed over", () => {
    using found = host("/a", {
      "/": { controllers: "", handsDown: "", procs: "" },
      "/a": { controllers: "memory pids", handsDown: "", procs: "5\n" },
    });
    expect(found.bases()).toEqual([]);
  });
});

test("a group's name gives back the bottle's id and its owner", () => {
  const name = { id: "implementer-ab1z9", pid: 4711, started: 123456 };
  expect(readGroupName(writeGroupName(name))).toEqual(name);
  expect(readGroupName("something-else")).toBeUndefined();
  for (const id of ["../x", "a/b", "", ".", "a\nb"])
    expect(() => writeGroupName({ ...name, id })).toThrow(RangeError);
});
