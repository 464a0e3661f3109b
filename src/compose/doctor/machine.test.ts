/** Kernel, programs, clock, disk and folders, each over a folder that stands for the machine. */
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { labTime, openDoctorLab } from "../../../tests/support/doctor.ts";
import { notApplicable } from "../../../tests/support/require.ts";
import { claudeVersion } from "../../agents/claude/release.ts";
import { geminiRelease } from "../../agents/gemini/release.ts";
import { lookAtTree } from "../../agents/package-tree.ts";
import { checkManifest } from "../../manifest/check-manifest.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { claude } from "./claude.ts";
import { clock } from "./clock.ts";
import { disk } from "./disk.ts";
import { folders } from "./folders.ts";
import { git } from "./git.ts";
import { kernel } from "./kernel.ts";
import { kvm } from "./kvm.ts";
import { nfTables } from "./nf-tables.ts";
import { node } from "./node.ts";
import { overlay } from "./overlay.ts";
import { packages } from "./packages.ts";
import { utilLinux } from "./util-linux.ts";

const day = 86_400_000;

test("the kernel is told, and another system is bad", () => {
  using lab = openDoctorLab();
  expect(kernel(lab.host)).toMatchObject({ state: "good", detail: "Linux 6.1.0-test on x64" });
  expect(kernel(lab.with({ platform: "darwin" }))).toMatchObject({ state: "bad" });
});

test.each<[string, string, string]>([
  ["in the kernel", "root/proc/filesystems", "nodev\tproc\nnodev\toverlay\n\text4\n"],
  ["loaded", "root/proc/modules", "overlay 180224 0 - Live 0x0\n"],
  [
    "there to be loaded",
    "root/lib/modules/6.1.0-test/modules.dep",
    "kernel/fs/overlayfs/overlay.ko.xz:\n",
  ],
])("overlayfs is found: %s", (_name, path, text) => {
  using lab = openDoctorLab();
  expect(overlay(lab.host)).toMatchObject({ state: "open" });
  lab.put(path, text);
  expect(overlay(lab.host)).toMatchObject({ state: "good" });
});

test.each<[string, string, string | Buffer]>([
  [
    "in the kernel's own configuration",
    "root/proc/config.gz",
    gzipSync("# x\nCONFIG_NF_TABLES=y\n"),
  ],
  ["in the configuration beside it", "root/boot/config-6.1.0-test", "CONFIG_NF_TABLES=y\n"],
  ["loaded", "root/proc/modules", "nf_tables 300000 1 nft_chain_nat, Live 0x0\n"],
  [
    "there to be loaded",
    "root/lib/modules/6.1.0-test/modules.dep",
    "kernel/net/netfilter/nf_tables.ko: x\n",
  ],
])("nf_tables is found: %s", (_name, path, text) => {
  using lab = openDoctorLab();
  expect(nfTables(lab.host)).toMatchObject({ state: "open" });
  lab.put("root/proc/modules", "nf_tables_set 1 0 - Live 0x0\n");
  expect(nfTables(lab.host)).toMatchObject({ state: "open" });
  lab.put(path, text);
  expect(nfTables(lab.host)).toMatchObject({ state: "good" });
});

test("/dev/kvm is there, not there, or not for this user, who learns how", async (context) => {
  using lab = openDoctorLab();
  expect(await kvm(lab.host)).toMatchObject({
    state: "open",
    detail: expect.stringMatching(/no \/dev\/kvm/) as string,
  });
  const device = lab.put("root/dev/kvm", "");
  expect(await kvm(lab.host)).toMatchObject({ state: "good" });
  lab.put("root/proc/cpuinfo", "flags\t\t: fpu hypervisor lm\n");
  expect(await kvm(lab.host)).toMatchObject({
    state: "open",
    detail: expect.stringContaining("neither vmx nor svm") as string,
  });
  lab.put("root/proc/cpuinfo", "flags\t\t: fpu svm lm\n");
  if (process.getuid?.() === 0) notApplicable(context, "root may open every device");
  chmodSync(device, 0);
  expect(await kvm(lab.host)).toMatchObject({
    state: "open",
    remedy: 'Run: sudo usermod -aG kvm "$USER"',
  });
});

test("an old Node is bad", () => {
  using lab = openDoctorLab();
  expect(node(lab.host)).toMatchObject({ state: "good" });
  for (const old of ["20.18.9", "18.20.0"])
    expect(node(lab.with({ node: old }))).toMatchObject({ state: "bad" });
});

test("git is found along PATH, and never in the folder where the doctor was called", async () => {
  using lab = openDoctorLab();
  lab.put("root/etc/os-release", "ID=debian\n");
  const says = (version: string): string => `#!/bin/sh\necho git version ${version}\n`;
  lab.put("home/git", says("6.6.6"), 0o755);
  const here = lab.with({ env: { PATH: `.::${join(lab.host.root, "usr/bin")}` } });
  expect(await git({ ...here, uid: 1000 })).toMatchObject({
    state: "bad",
    remedy: "Run: sudo apt-get install git",
  });
  const program = lab.put("root/usr/bin/git", says("2.39.5"), 0o755);
  expect(await git(here)).toMatchObject({ state: "good", detail: `2.39.5, ${program}` });
  lab.put("root/usr/bin/git", "#!/bin/sh\nexit 1\n", 0o755);
  expect(await git(here)).toMatchObject({ state: "bad" });
});

test("the version of util-linux is what its program says", async () => {
  using lab = openDoctorLab();
  expect(await utilLinux(lab.host)).toMatchObject({ state: "open" });
  lab.put("root/bin/prlimit", "#!/bin/sh\necho prlimit from util-linux 2.40.1\n", 0o755);
  expect(await utilLinux(lab.host)).toMatchObject({ state: "good", detail: "2.40.1" });
});

test("Claude Code is missing, another program, or has no build here", async () => {
  using lab = openDoctorLab();
  expect(await claude(lab.host)).toMatchObject({
    state: "open",
    detail: expect.stringMatching(/glibc/) as string,
  });
  lab.put("root/lib64/ld-linux-x86-64.so.2", "");
  expect(await claude(lab.host)).toMatchObject({ state: "open", remedy: "Run: bottle demo" });
  const path = `home/.cache/claude-bottle/agents/claude/${claudeVersion}/claude`;
  const program = lab.put(path, "something else", 0o755);
  expect(await claude(lab.host)).toMatchObject({
    state: "bad",
    remedy: `Find out who changed it, then run: rm ${program}`,
  });
  expect(await claude(lab.with({ arch: "riscv64" }))).toMatchObject({
    state: "open",
    detail: /pins its builds/,
  });
});

test("codex and gemini-cli are looked at where an agent of the manifest is one", async () => {
  using lab = openDoctorLab();
  const manifest = (...providers: readonly string[]): Manifest => {
    const agents = providers.map((one) => `${one}: {bottle: dev, provider: ${one}}`);
    const text = `version: 1\nbottles: {dev: {}}\nagents: {${agents.join(", ")}}\n`;
    return checkManifest("m.yaml", text);
  };
  expect(await packages(lab.host, undefined)).toEqual([]);
  expect(await packages(lab.host, manifest("claude", "shell"))).toEqual([]);
  const both = manifest("codex", "gemini");
  expect(await packages(lab.host, both)).toMatchObject([
    { name: "codex", state: "open", detail: expect.stringContaining("167 MB") as string },
    { name: "gemini", state: "open", detail: expect.stringContaining("21 MB") as string },
  ]);
  expect(await packages(lab.with({ arch: "riscv64" }), manifest("codex"))).toMatchObject([
    { name: "codex", state: "open", detail: expect.stringContaining("pins its builds") as string },
  ]);
  const folder = `home/.cache/claude-bottle/agents/gemini/${geminiRelease.version}`;
  const file = lab.put(`${folder}/bundle/gemini.js`, "x");
  expect(await packages(lab.host, manifest("gemini"))).toMatchObject([
    { state: "open", detail: expect.stringContaining("checks its hashes anew") as string },
  ]);
  const look = await lookAtTree(join(lab.dir, folder));
  lab.put(`${folder}.stamp`, `${geminiRelease.tree}\n${look}`);
  expect(await packages(lab.host, manifest("gemini"))).toMatchObject([{ state: "good" }]);
  writeFileSync(file, "y, and more");
  expect(await packages(lab.host, manifest("gemini"))).toMatchObject([{ state: "open" }]);
});

test("a clock behind a file that was surely written is bad, and so is one that is decades ahead", async () => {
  using lab = openDoctorLab();
  const built = lab.put("dist/cli.js", "");
  const heard = lab.put("root/var/lib/systemd/timesync/clock", "");
  for (const file of [built, heard]) utimesSync(file, labTime / 1000, (labTime - 100 * day) / 1000);
  expect(await clock(lab.host)).toMatchObject({
    state: "good",
    detail: "says 2026-11-24 12:00 UTC, which is plausible",
  });
  utimesSync(heard, labTime / 1000, (labTime + 3 * day) / 1000);
  lab.put("root/run/systemd/system/x", "");
  expect(await clock({ ...lab.host, uid: 1000 })).toMatchObject({
    state: "bad",
    detail: `says 2026-11-24 12:00 UTC; ${heard} was written 3 days later`,
    remedy: "Run: sudo timedatectl set-ntp true",
  });
  expect(await clock(lab.with({ now: () => labTime + 30 * 365 * day }))).toMatchObject({
    state: "bad",
    detail: /30 years after this build/,
  });
});

test("a clock behind a record is bad", async () => {
  using lab = openDoctorLab();
  const record = join(lab.home, ".local/state/claude-bottle/agent-00000");
  mkdirSync(record, { recursive: true });
  utimesSync(record, labTime / 1000, (labTime + 9 * day) / 1000);
  expect(await clock(lab.host)).toMatchObject({
    state: "bad",
    detail: expect.stringMatching(/9 days later/) as string,
  });
});

test("each folder's room is told, and too little of it is bad", async () => {
  using lab = openDoctorLab();
  expect((await disk(lab.host)).map(({ state }) => state)).toEqual(["good", "good", "good"]);
  const full = lab.with({ room: () => Promise.resolve({ bytes: 100 * 1024 ** 2, files: 1e6 }) });
  expect(await disk(full)).toMatchObject([
    { state: "bad", detail: /100MiB left for .*; 1GiB are wanted/, remedy: /bottle ps --all/ },
    { state: "bad", remedy: `Make room in ${lab.home}.` },
    { state: "good" },
  ]);
  const crowded = lab.with({ room: () => Promise.resolve({ bytes: 1024 ** 4, files: 12 }) });
  expect(await disk(crowded)).toMatchObject([
    { state: "bad", detail: expect.stringMatching(/room for 12 files/) as string },
    { state: "bad" },
    { state: "good" },
  ]);
});

test("folders that are not there yet are made later, and others are yours alone", async () => {
  using lab = openDoctorLab();
  expect((await folders(lab.host)).map(({ state }) => state)).toEqual(Array(4).fill("good"));
  const state = join(lab.home, ".local/state");
  mkdirSync(join(state, "claude-bottle"), { recursive: true });
  chmodSync(join(state, "claude-bottle"), 0o755);
  symlinkSync("/tmp", join(state, "claude-bottle-keys"));
  mkdirSync(join(lab.home, ".cache/claude-bottle"), { recursive: true });
  chmodSync(join(lab.home, ".cache/claude-bottle"), 0o777);
  const found = await folders(lab.host);
  expect(found).toMatchObject([
    {
      state: "bad",
      detail: `${state}/claude-bottle is open to others (mode 755)`,
      remedy: `Run: chmod 700 ${state}/claude-bottle`,
    },
    { state: "bad", detail: `${state}/claude-bottle-keys is not a folder but a link` },
    { state: "good" },
    { state: "bad", remedy: `Run: chmod go-w ${lab.home}/.cache/claude-bottle` },
  ]);
});

test("a folder of somebody else is bad, and its name cannot break out of the command", async () => {
  using lab = openDoctorLab();
  const state = join(lab.dir, "it's $(here)");
  mkdirSync(join(state, "claude-bottle"), { recursive: true, mode: 0o700 });
  const [found] = await folders(
    lab.with({ uid: lab.host.uid + 1, env: { XDG_STATE_HOME: state } }),
  );
  expect(found).toMatchObject({
    state: "bad",
    detail: /belongs to the user/,
    remedy: `Run: sudo chown -R ${lab.host.uid + 1} '${lab.dir}/it'\\''s $(here)/claude-bottle'`,
  });
});
