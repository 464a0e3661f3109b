/** The doctor's checks against daemons of every kind, as they tell of themselves. */
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planLimits } from "../limits.ts";
import { examineEngine } from "./examine.ts";
import type { ExamineHost } from "./examine.ts";

const dir = mkdtempSync(join(tmpdir(), "bottle-examine-"));
const socket = join(dir, "docker.sock");
let info: object = {};

const server = createServer((request, response) => {
  response.setHeader("Api-Version", "1.41");
  response.end(request.url === "/_ping" ? "OK" : JSON.stringify(info));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(socket, resolve)));
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const usual = {
  ServerVersion: "20.10.24",
  OSType: "linux",
  KernelVersion: release(),
  Runtimes: { runc: {} },
  SecurityOptions: ["name=seccomp,profile=default"],
  CgroupVersion: "2",
  InitBinary: "docker-init",
  ...{ MemoryLimit: true, CpuCfsQuota: true, PidsLimit: true },
};

const host: ExamineHost = {
  platform: "linux",
  endpoint: { socket, from: "a test" },
  uid: 1000,
  osRelease: 'ID=debian\nVERSION_ID="12"\n',
  installed: false,
  link: "socket",
  root: "/",
  kernel: release(),
  path: undefined,
  socket: undefined,
};

async function bad(daemon: object, changes: Partial<ExamineHost> = {}): Promise<readonly string[]> {
  info = { ...usual, ...daemon };
  const { checks } = await examineEngine({ ...host, ...changes });
  for (const { state, remedy } of checks) if (state === "bad") expect(remedy).toBeTruthy();
  return checks
    .filter(({ state }) => state === "bad")
    .map(({ name, detail }) => `${name}: ${detail}`);
}

describe("a Docker daemon", () => {
  it("of the usual kind is good in everything", async () => {
    expect(await bad({})).toEqual([]);
  });

  it.each([
    ["docker-system", { OSType: "windows" }],
    ["docker-kernel", { KernelVersion: "5.15.0-vm" }],
    ["docker-runc", { Runtimes: { crun: {} } }],
    ["docker-seccomp", { SecurityOptions: ["name=apparmor"] }],
    ["docker-users", { SecurityOptions: ["name=seccomp", "name=rootless"] }],
    ["docker-users", { SecurityOptions: ["name=seccomp", "name=userns"] }],
    ["docker-init", { InitBinary: "" }],
  ])("is not good for %s: %j", async (name, daemon) => {
    const found = await bad(daemon);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${name}: `));
  });

  it.each(["rootless", "userns"])(
    "whose users are others (%s) is good for files that are carried",
    async (name) => {
      const daemon = { SecurityOptions: ["name=seccomp", `name=${name}`] };
      expect(await bad(daemon, { carried: true, link: "network" })).toEqual([]);
      expect(await bad(daemon, { link: "network" })).toHaveLength(1);
    },
  );

  it("that says nothing of itself is trusted with nothing", async () => {
    info = {};
    const { checks } = await examineEngine(host);
    expect(checks.filter(({ state }) => state === "bad").map(({ name }) => name)).toEqual([
      ...["docker-system", "docker-kernel", "docker-runc", "docker-seccomp", "docker-init"],
    ]);
  });

  it("promises no limit that it does not hold", async () => {
    info = { ...usual, MemoryLimit: false, PidsLimit: undefined };
    const found = await examineEngine(host);
    expect(found.checks.find(({ name }) => name === "docker-limits")).toMatchObject({
      state: "open",
      detail: "it holds no limit of memory, pids",
    });
    const wanted = { cpus: 1, memory: 1, pids: 1, disk: 1 };
    const held = planLimits(wanted, found.info).filter(({ enforced }) => enforced);
    expect(held.map(({ name }) => name)).toEqual(["cpus"]);
    expect(planLimits(wanted, undefined).filter(({ enforced }) => enforced)).toEqual([]);
  });

  it("that is not there has a remedy for this system", async () => {
    const endpoint = { socket: join(dir, "nobody.sock"), from: "a test" };
    const remedy = async (changes: Partial<ExamineHost>): Promise<string | undefined> =>
      (await examineEngine({ ...host, endpoint, ...changes })).checks[0]?.remedy;
    expect(await remedy({})).toBe("Run: sudo apt-get install docker.io");
    expect(await remedy({ osRelease: "ID=fedora\n" })).toBe("Run: sudo dnf install docker");
    expect(await remedy({ installed: true, uid: 0 })).toBe("Run: systemctl start docker");
  });

  it("elsewhere, or on another system, is not asked", async () => {
    const far = { reason: "it is far", remedy: "Come closer." };
    expect(await bad({}, { endpoint: far })).toEqual(["docker: it is far"]);
    expect(await bad({}, { platform: "darwin" })).toEqual([
      "docker: bottles of this version need Linux",
    ]);
  });
});
