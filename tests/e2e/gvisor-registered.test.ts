/** How the daemon comes to know gVisor, and what becomes of a name that is not what it says. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownRuntimes } from "../../src/backends/docker/gvisor/runtime.ts";
import { ciCache } from "../support/docker/base.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { buildRunsc, underOurNames } from "../support/gvisor/runsc.ts";
import { need } from "../support/require.ts";
import { openScene } from "./support/cli.ts";
import { shellOn } from "./support/image-rung.ts";

/** Hands on to runc what it is told, but our flags, and without the filter, on which runc would fail. */
const disguised = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2).filter((arg) => !${JSON.stringify(ownRuntimes.flatMap(({ flags }) => flags))}.includes(arg));
const at = args.indexOf("--bundle");
if (args.includes("create") && at >= 0) {
  const file = args[at + 1] + "/config.json";
  const config = JSON.parse(readFileSync(file, "utf8"));
  delete config.linux.seccomp;
  writeFileSync(file, JSON.stringify(config));
}
const { spawnSync } = require("node:child_process");
process.exit(spawnSync("runc", args, { stdio: "inherit" }).status ?? 1);
`;

let folder = "";
beforeAll(() => {
  mkdirSync(ciCache, { recursive: true });
  // Where only root can write, as the doctor wants it.
  folder = mkdtempSync(join(ciCache, "runsc-in-path-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("gVisor's runtime", () => {
  const own = { path: "/usr/sbin/runc", runtimeArgs: ["--debug"] };
  const daemon = withDaemon({ runtimes: { runsc: own } });

  it("is registered by the doctor after a yes, beside what is there, and bottles run with it", async (context) => {
    const built = await buildRunsc();
    if (!built.ok) return need(context, built.why);
    symlinkSync(built.program, join(folder, "runsc"));
    await using scene = await openScene(shellOn("gvisor"));
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    const settings = join(dirname(daemon().socket), "daemon.json");
    const before = readFileSync(settings, "utf8");

    const start = ["--headless", "--yes", "--prompt", "uname -r"];
    const early = await scene.start(start, env);
    expect(early).toMatchObject({ code: 125 });
    expect(early.stderr).toContain("bottle doctor --fix");
    // Settings that could not be kept as they are.
    const twice = '{"debug": false, "debug": false}\n';
    writeFileSync(settings, twice);
    const left = await scene.run(["doctor", "--fix", "--yes"], env);
    expect(left).toMatchObject({ code: 125 });
    expect(left.stderr).toContain("E_DOCTOR_FIX");
    expect(readFileSync(settings, "utf8")).toBe(twice);
    writeFileSync(settings, before);

    const unasked = await scene.run(["doctor", "--fix"], env);
    expect(unasked).toMatchObject({ code: 3 });
    expect(unasked.stdout).toContain("Register ");
    expect(readFileSync(settings, "utf8")).toBe(before);

    const fixed = await scene.run(["doctor", "--fix", "--yes"], env);
    expect(fixed).toMatchObject({ code: 0 });
    expect(fixed.stdout).toContain("and the daemon knows them");
    const runtimes = { runsc: own, ...underOurNames(built.program) };
    expect(JSON.parse(readFileSync(settings, "utf8"))).toEqual({ runtimes });
    expect((await scene.start(start, env)).stdout).toMatch(/gvisor/);
    const again = await scene.run(["doctor", "--fix", "--yes"], env);
    expect(again.stdout).toContain("nothing that --fix could put right");
  });
});

describe("runc under gVisor's name", () => {
  const data: { program: string } = { program: "" };
  withDaemon({}, async () => {
    data.program = join(folder, "disguised");
    writeFileSync(data.program, disguised);
    chmodSync(data.program, 0o755);
    return { runtimes: underOurNames(data.program) };
  });

  it("is found out inside, and no agent is started", async () => {
    await using scene = await openScene(shellOn("gvisor"));
    const start = ["--headless", "--yes", "--prompt", "echo ran > ran; echo ran"];
    const refused = await scene.start(start);
    expect(refused).toMatchObject({ code: 125, stdout: "" });
    expect(refused.stderr).toContain("E_PROOF_FAILED");
    expect(refused.stderr).toMatch(/not closed: .*\bkernel, kernel-log\./);
  });
});

describe("a gVisor that dies at its start", () => {
  const data = { count: "" };
  withDaemon({}, async () => {
    const built = await buildRunsc();
    if (!built.ok) return built.why;
    data.count = join(folder, "creations");
    const program = join(folder, "mortal");
    // Dies as often as the file says, before anything is made.
    const script = [
      "#!/bin/sh",
      `case " $* " in *" create "*)`,
      `  echo made >> ${data.count}`,
      `  [ "$(grep -c made ${data.count})" -gt "$(head -n 1 ${data.count})" ] || exit 1;;`,
      "esac",
      `exec ${built.program} "$@"`,
      "",
    ];
    writeFileSync(program, script.join("\n"));
    chmodSync(program, 0o755);
    return { runtimes: underOurNames(program) };
  });
  const start = ["--headless", "--yes", "--prompt", "echo ran >> ran; cat ran"];

  it("is started once more, before anything of the agent ran, and the record tells", async () => {
    writeFileSync(data.count, "1\n");
    await using scene = await openScene(shellOn("gvisor"));
    expect(await scene.start(start)).toMatchObject({ code: 0, stdout: "ran\n" });
    expect(readFileSync(data.count, "utf8")).toBe("1\nmade\nmade\n");
    expect(await scene.record("timing.json")).toContain('"started again"');
  });

  it("is not started a third time", async () => {
    writeFileSync(data.count, "9\n");
    await using scene = await openScene(shellOn("gvisor"));
    const refused = await scene.start(start);
    expect(refused).toMatchObject({ code: 125, stdout: "" });
    expect(refused.stderr).toContain("E_RUNG_LAUNCH");
    expect(readFileSync(data.count, "utf8")).toBe("9\nmade\nmade\n");
  });
});
