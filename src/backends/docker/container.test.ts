import { describe, expect, it } from "vitest";
import type { LaunchSpec } from "../../lifecycle/backend.ts";
import { openBoundary } from "./breaks.ts";
import { containerConfig } from "./container.ts";
import type { ContainerOptions } from "./container.ts";
import { limitSettings } from "./limits.ts";
import { kataRuntime } from "./kata/runtime.ts";
import { runc } from "./runtime.ts";

const spec: LaunchSpec = {
  id: "me-x7k2p",
  linkDir: "/run/user/1/claude-bottle/me-x7k2p/link",
  workspace: "/records/me-x7k2p/workspace",
  workspaceTarget: "/work/app",
  home: "/records/me-x7k2p/home",
  mounts: [{ source: "/data", target: "/data", mode: "ro" }],
  helperArgv: ["/opt/claude-bottle/node", "/opt/claude-bottle/helper.js"],
  helperEnv: { PATH: "/bin", HOME: "/home/agent" },
  limits: [
    { name: "cpus", value: 1.5, enforced: true, how: "" },
    { name: "memory", value: 4 * 1024 ** 3, enforced: true, how: "" },
    { name: "pids", value: 512, enforced: false, how: "" },
  ],
  image: "sha256:1",
  breakBoundary: undefined,
};

interface Config {
  readonly User: string;
  readonly NetworkDisabled: boolean;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly Healthcheck: unknown;
  readonly HostConfig: Readonly<Record<string, unknown>> & {
    readonly Mounts: readonly {
      readonly Target: string;
      readonly ReadOnly: boolean;
      readonly BindOptions: object;
    }[];
  };
}

function config(changes: Partial<ContainerOptions> = {}): Config {
  return containerConfig({
    spec,
    stdio: { kind: "pipes" },
    open: undefined,
    user: { uid: 2_013_265_921, gid: 2_013_265_921 },
    owner: "0.1.2.b.3",
    node: undefined,
    imageEnv: ["PATH", "SECRET_OF_IMAGE"],
    files: [],
    runtime: runc,
    ipv6: true,
    recursive: false,
    ...changes,
  }) as Config;
}

describe("a bottle as a container", () => {
  it("has no network, no capability, no way to new rights, no log and nothing to write in its system", () => {
    const { User, NetworkDisabled, HostConfig, Healthcheck } = config();
    expect(User).toBe("2013265921:2013265921");
    expect(NetworkDisabled).toBe(true);
    expect(HostConfig).toMatchObject({
      ...{ NetworkMode: "none", Privileged: false, CapDrop: ["ALL"], ReadonlyRootfs: true },
      ...{ IpcMode: "private", CgroupnsMode: "private", PidMode: "", Runtime: "runc" },
      ...{ AutoRemove: true, LogConfig: { Type: "none" }, RestartPolicy: { Name: "no" } },
    });
    expect(HostConfig["SecurityOpt"]).toContain("no-new-privileges");
    expect(HostConfig["CapAdd"]).toBeUndefined();
    expect(HostConfig["MaskedPaths"]).toContain("/sys");
    expect(Healthcheck).toEqual({ Test: ["NONE"] });
  });

  it("of Kata is started by the runtime that was found, and asks its guest to filter system calls", () => {
    const runtimes = new Map([["kata-qemu", { type: undefined, path: undefined, args: [] }]]);
    const runtime = kataRuntime({ runtimes, kernel: "6.1.0" }, "/nowhere");
    expect(runtime).toMatchObject({ kernel: "own", hostKernel: "6.1.0" });
    const { HostConfig } = config({ runtime });
    expect(HostConfig).toMatchObject({
      Runtime: "kata-qemu",
      Annotations: { "io.katacontainers.config.runtime.disable_guest_seccomp": "false" },
    });
    expect(HostConfig["SecurityOpt"]).toEqual(config().HostConfig["SecurityOpt"]);
    expect(config().HostConfig).not.toHaveProperty("Annotations");
    for (const info of [undefined, { runtimes: new Map(), kernel: "6.1.0" }])
      expect(() => kataRuntime(info, "/nowhere")).toThrow(
        expect.objectContaining({ code: "E_RUNG_UNAVAILABLE" }),
      );
  });

  it("has a network that is the host's where a test leaves that open, and then it is not switched off", () => {
    const { NetworkDisabled, HostConfig } = config({ open: openBoundary("network") });
    expect([NetworkDisabled, HostConfig["NetworkMode"]]).toEqual([false, "host"]);
  });

  it("runs its helper by the Node that it is given for that, read-only and beside the image's own", () => {
    const { Entrypoint, HostConfig } = config({ helperNode: "/usr/local/bin/node" });
    expect(Entrypoint.slice(0, 2)).toEqual([
      "/opt/claude-bottle/helper-node",
      "/opt/claude-bottle/helper.js",
    ]);
    const targets = HostConfig.Mounts.map(({ Target, ReadOnly }) => [Target, ReadOnly]);
    expect(targets).toContainEqual(["/opt/claude-bottle/helper-node", true]);
    expect(targets.map(([target]) => target)).not.toContain("/opt/claude-bottle/node");
    expect(config().Entrypoint[0]).toBe("/opt/claude-bottle/node");
  });

  it("has the helper's variables and none of the image's", () => {
    expect(config().Env).toEqual([
      "PATH=/bin",
      "HOME=/home/agent",
      "HOSTNAME",
      "TERM",
      "SECRET_OF_IMAGE",
    ]);
  });

  it("writes to its home and its workspace, and nowhere else", () => {
    const writable = config().HostConfig.Mounts.filter(({ ReadOnly }) => !ReadOnly);
    expect(writable.map(({ Target }) => Target)).toEqual(["/home/agent", "/work/app"]);
  });

  it("leaves out what is mounted below a read-only folder, or has it read-only by force", () => {
    const data = (recursive: boolean): object | undefined =>
      config({ recursive }).HostConfig.Mounts.find(({ Target }) => Target === "/data")?.BindOptions;
    expect(data(false)).toMatchObject({ NonRecursive: true });
    expect(data(true)).toMatchObject({ ReadOnlyForceRecursive: true });
  });

  it("joins its gateway's network on the link loopback, and brings nothing of its own to it", () => {
    const joined = config({ beside: "5a7e" });
    expect(joined.HostConfig).toMatchObject({ NetworkMode: "container:5a7e", Sysctls: {} });
    expect(joined.HostConfig).toMatchObject({ CapDrop: ["ALL"], PidMode: "", IpcMode: "private" });
    // The Engine refuses both of who joins.
    expect(joined).not.toHaveProperty("Hostname");
    expect(joined).not.toHaveProperty("NetworkingConfig");
    expect(joined.Entrypoint.slice(-4)).toEqual([
      ...["--link", "tcp:127.0.0.1:4180", "--control", "tcp:127.0.0.1:4181"],
    ]);
  });

  it("asks for the limits that are enforced, and for no other", () => {
    expect(limitSettings(spec.limits, runc.processes)).toEqual({
      ...{ CpuPeriod: 100_000, CpuQuota: 150_000 },
      ...{ Memory: 4 * 1024 ** 3, MemorySwap: 4 * 1024 ** 3 },
    });
  });

  it("opens one boundary at a time, and only one that a test names", () => {
    expect(openBoundary(undefined)).toBeUndefined();
    expect(openBoundary("everything")).toBeUndefined();
    const { HostConfig } = config({ open: "network" });
    expect(HostConfig).toMatchObject({
      NetworkMode: "host",
      CapDrop: ["ALL"],
      ReadonlyRootfs: true,
    });
  });
});
