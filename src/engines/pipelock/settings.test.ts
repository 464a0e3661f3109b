import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realPipelock, standIn } from "../../../tests/support/engine/pipelock.ts";
import type { StandIn } from "../../../tests/support/engine/pipelock.ts";
import { need, notApplicable } from "../../../tests/support/require.ts";
import { pipelockSettings, withPorts } from "./settings.ts";
import type { SettingsInput } from "./settings.ts";

const ports = { proxy: 18_888, metrics: 18_889, scan: 18_890 };
const hosts = ["api.example.org", "*.cdn.example.org", "10.1.2.3", "fd00::7", "api.example.org"];
const shapes: readonly (readonly [string, SettingsInput])[] = [
  ["for verdicts", { engine: { as: "verdict", entropy: 4.5 }, hosts }],
  [
    "for verdicts, of a bottle that allows nothing",
    { engine: { as: "verdict", entropy: 5 }, hosts: [] },
  ],
  ["as the last hop", { engine: { as: "last-hop", entropy: 4.5 }, hosts }],
];

let folder = "";
let program: StandIn;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "settings-"));
  program = await standIn();
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function whole(input: SettingsInput): Record<string, unknown> {
  const token = input.engine.as === "verdict" ? "t".repeat(64) : undefined;
  return withPorts(pipelockSettings(input), ports, token);
}

async function check(
  command: readonly string[],
  settings: object,
): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const file = join(folder, "pipelock.yaml");
  await writeFile(file, JSON.stringify(settings));
  const [name = "", ...args] = command;
  return spawnSync(name, [...args, "check", "--config", file], { encoding: "utf8" });
}

describe("settings", () => {
  test.each(shapes)("%s are taken, and with one key more they are not", async (_for, input) => {
    const command = [process.execPath, program.program];
    expect(await check(command, whole(input))).toMatchObject({ status: 0, stderr: "" });
    const { status, stderr } = await check(command, { ...whole(input), upstream_proxy: "x" });
    expect(status).toBe(1);
    expect(stderr).toContain("upstream_proxy");
  });

  test("are taken by the real pipelock", async (context) => {
    const found = await realPipelock();
    if ("missing" in found) {
      if (found.refused) notApplicable(context, found.missing);
      return need(context, found.missing);
    }
    for (const [, input] of shapes)
      expect(await check([found.program], whole(input))).toMatchObject({ status: 0 });
  });

  test("name the hosts of the rules once, each as it is written", () => {
    const { api_allowlist: list, ssrf } = pipelockSettings({
      engine: { as: "verdict", entropy: 4.5 },
      hosts,
    });
    expect(list).toEqual(["*.cdn.example.org", "10.1.2.3", "api.example.org", "fd00::7"]);
    expect(ssrf).toEqual({ ip_allowlist: ["10.1.2.3/32", "fd00::7/128"] });
  });

  test("allow nothing where the bottle allows nothing", () => {
    const { api_allowlist: list } = pipelockSettings({
      engine: { as: "last-hop", entropy: 4.5 },
      hosts: [],
    });
    expect(list).toEqual(["nothing.invalid"]);
  });

  test("report to nobody, are strict, and listen on the loopback address alone", () => {
    for (const [, input] of shapes) {
      const settings = whole(input);
      expect(settings).toMatchObject({ mode: "strict", enforce: true, sentry: { enabled: false } });
      const places = JSON.stringify(settings).match(/"(?:\w+_)?listen":"[^"]*"/g) ?? [];
      expect(places.length).toBeGreaterThan(1);
      for (const place of places) expect(place).toMatch(/"127\.0\.0\.1:\d+"$/);
    }
  });

  test("have a token where verdicts are asked for, and nowhere else", () => {
    const [[, verdict] = [], , [, hop] = []] = shapes;
    expect(JSON.stringify(whole(verdict as SettingsInput))).toContain("bearer_tokens");
    expect(whole(hop as SettingsInput)).not.toHaveProperty("scan_api");
  });
});
