import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

const missing = lacksVm();
let vm: TestVm;
let scene: Scene;

beforeAll(async () => {
  if (missing !== undefined) return;
  vm = await openVm();
  scene = await openScene(manifestText({ provider: "shell" }), {
    ...vm.env,
    XDG_RUNTIME_DIR: join(vm.home, "run"),
  });
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await vm?.[Symbol.asyncDispose]();
}, preparation);

/** What is left of connections. */
const left = (): readonly string[] => {
  try {
    return readdirSync(join(vm.home, "run/claude-bottle"));
  } catch {
    return [];
  }
};

describe("a place elsewhere", () => {
  it("is in the plan, with what it says of itself", async () => {
    const { code, stdout, stderr } = await scene.start([
      ...["--place", vm.place, "--dry-run", "--format", "json"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      place: "ssh://me@vm",
      link: "network",
      rung: { chosen: "runc" },
      remote: { user: "me", machine: expect.stringMatching(/^Linux /) as string },
    });
    expect(left()).toEqual([]);
  });

  it("is what the doctor looks at, with every rung of it", async () => {
    const { code, stdout } = await scene.run(["doctor", "--place", vm.place, "--format", "json"]);
    const found = JSON.parse(stdout) as {
      readonly ok: boolean;
      readonly places: readonly { readonly place: string; readonly available: boolean }[];
      readonly groups: readonly { readonly name: string; readonly checks: readonly object[] }[];
    };
    expect({ code, ok: found.ok }).toEqual({ code: 0, ok: true });
    expect(found.places).toMatchObject([{ place: "ssh://me@vm", available: true }]);
    expect(found.groups[0]).toMatchObject({
      name: "place",
      checks: [
        { name: "ssh", state: "good" },
        { name: "socket", state: "good" },
        { name: "clock" },
      ],
    });
    expect(left()).toEqual([]);
  });

  it("that cannot be reached is said to be so, by the doctor and by a start", async () => {
    const place = "ssh://me@vm:2222";
    const doctor = await scene.run(["doctor", "--place", place]);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain("E_PLACE_UNREACHABLE");
    const start = await scene.start(["--place", place, "--yes"]);
    expect(start.code).toBe(125);
    expect(start.stderr).toContain("E_PLACE_UNREACHABLE");
    expect(left()).toEqual([]);
  });

  it("has no rung namespace, which is of this machine alone", async () => {
    const { code, stderr } = await scene.start(["--place", vm.place, "--rung", "namespace"]);
    expect(code).toBe(125);
    expect(stderr).toContain("of this machine alone");
  });

  it("with a clock of its own says so before the start", async () => {
    await vm.run(
      "mkdir -p /usr/local/bin; " +
        'printf \'#!/bin/sh\\nexec /usr/bin/date -d "10 minutes" "$@"\\n\' >/usr/local/bin/date; chmod 755 /usr/local/bin/date',
    );
    const { stdout } = await scene.start(["--place", vm.place, "--dry-run"]);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /clock of that machine is (?:59|60)\d seconds ahead/,
    );
    await vm.run("rm /usr/local/bin/date");
  });
});
