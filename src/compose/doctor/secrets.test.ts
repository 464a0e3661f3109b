/** Manifest, credentials and tokens: what is there and of which kind, and never a value or anything like it. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDoctorLab } from "../../../tests/support/doctor.ts";
import type { DoctorLab } from "../../../tests/support/doctor.ts";
import type { Check } from "../../lifecycle/backend.ts";
import type { DoctorHost } from "./host.ts";
import { credentials } from "./credentials.ts";
import { manifest } from "./manifest.ts";
import { proxies } from "./proxies.ts";
import { tokens } from "./tokens.ts";

const oauth = "sk-ant-oat01-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const apiKey = "sk-ant-api03-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const refresh = "sk-ant-ort01-cccccccccccccccccccccccccccccccccc";
const session = "sk-ant-sid01-dddddddddddddddddddddddddddddddddddd";
const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

async function withManifest(
  lab: DoctorLab,
  bottle: object,
): Promise<NonNullable<Awaited<ReturnType<typeof manifest>>["manifest"]>> {
  const agents = { agent: { bottle: "dev", provider: "shell" } };
  const body = JSON.stringify({ version: 1, bottles: { dev: bottle }, agents });
  const loaded = await manifest(lab.host, lab.put("bottles.json", body));
  if (loaded.manifest === undefined) throw new Error(JSON.stringify(loaded.checks));
  return loaded.manifest;
}

const anthropic = (secret: string): object => ({ credentials: [{ preset: "anthropic", secret }] });

async function credential(
  lab: DoctorLab,
  secret: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Check | undefined> {
  const loaded = await withManifest(lab, anthropic(secret));
  return (await credentials(lab.with({ env }), loaded))[0];
}

describe("the manifest", () => {
  test("that is not there yet is nothing bad", async () => {
    using lab = openDoctorLab();
    expect((await manifest(lab.host, undefined)).checks).toMatchObject([
      { state: "open", detail: text(/E_MANIFEST_MISSING/) },
    ]);
  });

  test("is counted where it loads, with its hints", async () => {
    using lab = openDoctorLab();
    lab.put(
      "home/.config/claude-bottle/bottles.yaml",
      "version: 1\nbottles: {a: {}, b: {}}\nagents: {one: {bottle: a}}\n",
    );
    expect((await manifest(lab.host, undefined)).checks).toMatchObject([
      { state: "good", detail: text(/bottles\.yaml: 2 bottles, 1 agent$/) },
    ]);
  });

  test("is told with every fault, its place and its remedy", async () => {
    using lab = openDoctorLab();
    const file = lab.put(
      "m.yaml",
      "version: 1\nbottles: {a: {rnug: x}}\nagents: {o: {bottle: c}}\n",
    );
    const { checks, manifest: loaded } = await manifest(lab.host, file);
    expect(loaded).toBeUndefined();
    expect(checks).toMatchObject([
      {
        state: "bad",
        detail: text(/m\.yaml:2:\d+: E_MANIFEST_UNKNOWN_KEY/),
        remedy: text(/rung/),
      },
      { state: "bad", detail: text(/m\.yaml:3:22: E_MANIFEST_BOTTLE/) },
    ]);
  });

  test("with very many faults is cut", async () => {
    using lab = openDoctorLab();
    const many = Array.from({ length: 50 }, (_, index) => `k${index}: 1`).join(", ");
    const file = lab.put("m.yaml", `version: 1\nbottles: {a: {${many}}}\nagents: {}\n`);
    const { checks } = await manifest(lab.host, file);
    expect(checks).toHaveLength(21);
    expect(checks.at(-1)).toMatchObject({ detail: "and 30 faults more" });
  });
});

describe("a credential's secret", () => {
  test.each([
    ["an OAuth token", oauth, "good", /dev, anthropic: env:T is an OAuth token/],
    ["an API key", apiKey, "good", /is an API key$/],
    ["another service's key", "ghp_0123456789abcdefghijABCDEFGHIJ", "good", /is a GitHub token$/],
    ["something", "0123456789", "good", /of no kind that is known$/],
    ["a refresh token", refresh, "bad", /is a refresh token; the API takes none/],
    ["a browser's session", session, "bad", /a browser's session/],
    ["too short", "abc", "bad", /shorter than 8/],
    ["several lines", "abcdefgh\nijkl", "bad", /more than one line/],
  ])("from a variable: %s", async (_name, value, state, detail) => {
    using lab = openDoctorLab();
    const found = await credential(lab, "env:T", { T: value });
    expect(found).toMatchObject({ name: "credential", state, detail: text(detail) });
    expect(JSON.stringify(found)).not.toContain(value.slice(0, 20));
    expect(JSON.stringify(found)).not.toContain(`${value.length}`);
  });

  test("from a variable that is not set: what to set", async () => {
    using lab = openDoctorLab();
    expect(await credential(lab, "env:T")).toMatchObject({ state: "bad", remedy: text(/Set T/) });
  });

  test("from a file: as a start would find it", async () => {
    using lab = openDoctorLab();
    const file = lab.put("secret", `${oauth}\n`);
    expect(await credential(lab, `file:${file}`)).toMatchObject({ state: "good" });
    chmodSync(file, 0o644);
    expect(await credential(lab, `file:${file}`)).toMatchObject({
      state: "bad",
      remedy: text(/chmod 600/),
    });
    expect(await credential(lab, `file:${file}x`)).toMatchObject({
      state: "bad",
      detail: text(/no file/),
    });
  });

  test("from a program: it is looked for and never run", async () => {
    using lab = openDoctorLab();
    const ran = join(lab.dir, "ran");
    expect(await credential(lab, "command:keeper show x")).toMatchObject({
      state: "bad",
      detail: text(/no program keeper/),
    });
    const program = lab.put("root/usr/bin/keeper", `#!/bin/sh\ntouch ${ran}\n`, 0o755);
    expect(await credential(lab, "command:keeper show x")).toMatchObject({
      state: "good",
      detail: `dev, anthropic: ${program} is there; it is run at the start alone`,
    });
    expect(() => chmodSync(ran, 0o600)).toThrow(/ENOENT/);
  });

  test("of the owner's proxy is one of them", async () => {
    using lab = openDoctorLab();
    const upstreamProxy = { url: "http://proxy.example:3128", auth: "env:PROXY_AUTH" };
    const loaded = await withManifest(lab, { upstreamProxy });
    expect(await credentials(lab.host, loaded)).toMatchObject([
      { state: "bad", detail: text(/dev, upstreamProxy: The variable PROXY_AUTH is not set/) },
    ]);
  });
});

describe("tokens in the environment", () => {
  const names = ["CLAUDE_BOTTLE_OAUTH_TOKEN", "ANTHROPIC_API_KEY"] as const;

  test("are told by kind, whether the manifest uses them or not, and never by value or length", async () => {
    using lab = openDoctorLab();
    const loaded = await withManifest(lab, anthropic(`env:${names[0]}`));
    const host = lab.with({ env: { [names[0]]: oauth, [names[1]]: apiKey } });
    const found = tokens(host, loaded);
    expect(found).toMatchObject([
      {
        state: "good",
        detail: `${names[0]} is an OAuth token of a subscription, and the manifest uses it`,
      },
      {
        state: "open",
        detail: `${names[1]} is an API key; the manifest does not use it`,
        remedy: text(/secret: "env:ANTHROPIC_API_KEY"/),
      },
    ]);
    const longer = tokens(lab.with({ env: { ...host.env, [names[0]]: `${oauth}x` } }), loaded);
    expect(longer).toEqual(found);
    expect(JSON.stringify(found)).not.toMatch(/aaaa|bbbb|sk-ant/);
  });

  test("of a kind that the API refuses are bad", () => {
    using lab = openDoctorLab();
    const host = lab.with({ env: { [names[0]]: refresh } });
    expect(tokens(host, undefined)).toMatchObject([{ state: "bad", remedy: text(/setup-token/) }]);
  });

  test("that are nowhere are asked for, unless the manifest has another place", async () => {
    using lab = openDoctorLab();
    expect(tokens(lab.host, undefined)).toMatchObject([{ state: "open" }]);
    const loaded = await withManifest(lab, anthropic("env:OTHER"));
    expect(tokens(lab.host, loaded)).toEqual([]);
  });
});

describe("proxy variables", () => {
  const seen = async (env: NodeJS.ProcessEnv, bottle: object): Promise<Check | undefined> => {
    using lab = openDoctorLab();
    const host: DoctorHost = lab.with({ env });
    return proxies(host, await withManifest(lab, bottle))[0];
  };

  test("are nothing where there are none", async () => {
    expect(await seen({ HTTP_PROXY: "" }, {})).toMatchObject({ state: "good" });
  });

  test.each([
    ["http://proxy.corp.example:3128/", 'upstreamProxy: {url: "http://proxy.corp.example:3128"}'],
    ["proxy.corp.example:8080", 'upstreamProxy: {url: "http://proxy.corp.example:8080"}'],
    ["https://proxy.corp.example", 'upstreamProxy: {url: "https://proxy.corp.example:443"}'],
    [
      "http://me:hunter22@proxy.corp.example:3128",
      'upstreamProxy: {url: "http://proxy.corp.example:3128", auth: "env:PROXY_AUTH"}',
    ],
    ["socks5://me:hunter22@proxy.corp.example", "one over http or https"],
    ["http://me:hunter22@[", "one over http or https"],
  ])("lead to the manifest's key, without what may be a password: %s", async (value, remedy) => {
    const found = await seen({ https_proxy: value }, {});
    expect(found).toMatchObject({ state: "open", detail: text(/^https_proxy set, .*: dev$/) });
    expect(found?.remedy).toContain(remedy);
    expect(JSON.stringify(found)).not.toContain("hunter22");
  });

  test("are fine where every bottle has its own", async () => {
    const bottle = { upstreamProxy: { url: "http://proxy.example:3128" } };
    expect(await seen({ HTTPS_PROXY: "http://p" }, bottle)).toMatchObject({ state: "good" });
  });
});
