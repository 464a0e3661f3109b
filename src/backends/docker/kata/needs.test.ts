/** What the doctor says of Kata, on machines and with daemons of every kind: folders and answers that stand for them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Check } from "../../../lifecycle/backend.ts";
import type { EngineInfo } from "../info.ts";
import { findKata } from "./find.ts";
import { kataNeeds } from "./needs.ts";

const rest = { link: "network", path: undefined, socket: "/run/docker.sock" } as const;

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bottle-kata-"));
  put("/dev/kvm");
  put("/dev/vhost-vsock");
  put("/dev/vhost-net");
  put("/proc/cpuinfo", "flags\t\t: fpu vmx lm\n");
  put("/opt/kata/VERSION", "4.0.1\n");
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text = ""): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function daemon(
  runtimes: Readonly<Record<string, string>> = { runc: "runc", kata: "io.containerd.kata.v2" },
  serverVersion = "29.1.0",
): EngineInfo {
  return {
    ...{ serverVersion, kernel: "6.1.0", system: "linux", security: ["seccomp"] },
    ...{ cgroupVersion: "2", cgroupDriver: "systemd", storage: "overlay2", initBinary: "i" },
    limits: { cpus: true, memory: true, pids: true },
    runtimes: new Map(
      Object.entries(runtimes).map(([name, behind]) => {
        const [type, path] = behind.startsWith("io.") ? [behind] : [undefined, behind];
        return [name, { type, path: path === "" ? undefined : path, args: [] }];
      }),
    ),
  };
}

function checks(info: EngineInfo = daemon()): readonly Check[] {
  const host = { root, kernel: "6.1.0", uid: 1000, osRelease: undefined, ...rest };
  const all = kataNeeds.map((need) => need(info, host));
  for (const { state, remedy } of all) if (state === "bad") expect(remedy).toBeTruthy();
  return all;
}

/** `name: detail` of everything that is not good. */
function told(info?: EngineInfo): readonly string[] {
  return checks(info)
    .filter(({ state }) => state !== "good")
    .map(({ name, state, detail }) => `${state} ${name}: ${detail}`);
}

describe("the rung kata", () => {
  it("is there with hardware, a current daemon and Kata", () => {
    expect(told()).toEqual([]);
  });

  it("is refused first of all without /dev/kvm, with what to do", () => {
    rmSync(join(root, "dev/kvm"));
    const [first] = checks();
    expect(first).toMatchObject({
      ...{ name: "kata-kvm", state: "bad" },
      detail: "there is no /dev/kvm on this machine: Kata's bottles are machines",
      remedy: expect.stringContaining("gvisor") as string,
    });
  });

  it("says of nested and of emulated hardware what it is", () => {
    put("/proc/cpuinfo", "flags\t\t: fpu svm hypervisor\n");
    expect(checks()[0]).toMatchObject({
      state: "good",
      detail: expect.stringContaining("nested") as string,
    });
    put("/proc/cpuinfo", "flags\t\t: fpu hypervisor\n");
    expect(told()).toEqual([expect.stringMatching(/^open kata-kvm: .*neither vmx nor svm/)]);
  });

  it("wants the kernel's parts, loaded or there to be loaded", () => {
    rmSync(join(root, "dev/vhost-vsock"));
    rmSync(join(root, "dev/vhost-net"));
    expect(checks()[1]).toMatchObject({
      ...{ state: "bad", detail: "the kernel has no vhost_vsock and no vhost_net" },
      remedy: "Run: sudo modprobe -a vhost_vsock vhost_net",
    });
    put("/lib/modules/6.1.0/modules.dep", "kernel/drivers/vhost/vhost_vsock.ko: x\n");
    put("/proc/modules", "vhost_net 1 0 - Live\n");
    expect(told()).toEqual([]);
  });

  it.each([
    ["20.10.24+dfsg1", "bad kata-docker: Docker 20.10.24+dfsg1 starts no shim of Kata"],
    ["23.0.6", "bad kata-docker: Docker 23.0.6 cannot ask Kata's guest to filter system calls"],
    ["24.0.7", "open kata-docker: Docker 24.0.7 runs Kata in part: "],
    ["25.0.3", "open kata-docker: Docker 25.0.3 runs Kata in part: "],
    ["", "bad kata-docker: Docker of no version starts no shim of Kata"],
  ])("of Docker %s says so", (version, said) => {
    expect(told(daemon(undefined, version))).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    ["3.28.0", "26.0.0", ["bad kata-version: Kata 3.28.0 has no network under Docker 26.0.0"]],
    ["3.9.0-12-gabc1234", "29.1.0", [expect.stringContaining("bad kata-version") as string]],
    ["3.29.0", "26.0.0", []],
    ["4.0.0", "26.0.0", []],
    ["3.28.0", "25.0.0", [expect.stringContaining("kata-docker") as string]],
    ["\u001b[31mno version", "29.1.0", [expect.stringContaining("open kata-version") as string]],
  ])("of Kata %j under Docker %s says so", (kata, docker, said) => {
    put("/opt/kata/VERSION", kata);
    expect(told(daemon(undefined, docker))).toEqual(said);
  });

  it("is not there without Kata, and not registered where only its archive is", () => {
    const plain = daemon({ runc: "runc" });
    expect(told(plain)).toEqual(["bad kata-runtime: Kata is not there"]);
    put("/opt/kata/bin/containerd-shim-kata-v2");
    const [found] = checks(plain).filter(({ name }) => name === "kata-runtime");
    expect(found).toMatchObject({
      ...{ state: "bad", remedy: "Run: bottle doctor --fix" },
      detail: "/opt/kata/bin/containerd-shim-kata-v2 is there, and the daemon does not know it",
      fix: { asRoot: true, what: expect.stringContaining("as kata") as string },
    });
    const old = daemon({ runc: "runc" }, "20.10.24");
    const [unmendable] = checks(old).filter(({ name }) => name === "kata-runtime");
    expect(unmendable?.fix).toBeUndefined();
    expect(unmendable?.remedy).toContain("docs/isolation.md");
    put("/usr/local/bin/containerd-shim-kata-v2");
    expect(told(plain)).toEqual([]);
  });
});

describe("the rung kata on another machine", () => {
  it("wants Kata registered, says what it cannot see, and reads no file of this machine", () => {
    const host = { root: undefined, kernel: "6.1.0", uid: 1000, osRelease: undefined, ...rest };
    const all = kataNeeds.map((need) => need(daemon(), host));
    expect(all.filter(({ state }) => state === "bad")).toEqual([]);
    expect(all.filter(({ state }) => state === "open").map(({ name }) => name)).toEqual([
      ...["kata-kvm", "kata-modules", "kata-version"],
    ]);
    expect(findKata(daemon({ runc: "runc" }), undefined)).toEqual({ kind: "missing" });
  });
});

describe("Kata's runtime", () => {
  it.each([
    [{ runc: "runc", kata: "" }, "kata"],
    [{ "kata-qemu": "", kata: "" }, "kata"],
    [{ "kata-clh": "" }, "kata-clh"],
    [{ strong: "io.containerd.kata.v2" }, "strong"],
    [{ strong: "io.containerd.run.kata.v2" }, "strong"],
    [{ strong: "/opt/kata/runtime-rs/bin/containerd-shim-kata-v2" }, "strong"],
    [{ old: "/usr/bin/kata-runtime" }, "old"],
    [{ "io.containerd.kata.v2": "" }, "io.containerd.kata.v2"],
  ])("is found in %j", (runtimes, name) => {
    expect(findKata(daemon(runtimes as Record<string, string>), root)).toMatchObject({
      ...{ kind: "registered", name },
    });
  });

  it.each([
    [{ runc: "runc", "io.containerd.runc.v2": "" }],
    [{ runsc: "/usr/bin/runsc" }],
    [{ "not-kata": "", katakomb: "" }],
    [{ x: "/usr/bin/kata-runtime-of-mine/runc" }],
    [{ x: "io.containerd.kata.v2.evil" }],
  ])("is not found in %j", (runtimes) => {
    expect(findKata(daemon(runtimes as unknown as Record<string, string>), root)).toEqual({
      kind: "missing",
    });
  });

  it("of the archive is the newer kind, with what it is started with", () => {
    put("/opt/kata/bin/containerd-shim-kata-v2");
    expect(findKata(daemon({}), root)).toMatchObject({
      config: expect.stringContaining("/configuration-qemu.toml") as string,
    });
    put("/opt/kata/runtime-rs/bin/containerd-shim-kata-v2");
    expect(findKata(daemon({}), root)).toMatchObject({
      ...{ kind: "unregistered", shim: "/opt/kata/runtime-rs/bin/containerd-shim-kata-v2" },
      config: expect.stringContaining("runtime-rs.toml") as string,
    });
  });
});
