import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { announcementOf } from "./announce.ts";
import { changesBetween } from "./changes.ts";
import { readRules } from "./rules.ts";
import type { AloneRules } from "./rules.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rules-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function rulesOf(bottle: object, env: NodeJS.ProcessEnv = {}): Promise<AloneRules> {
  const manifest = join(folder, "bottles.yaml");
  await writeFile(manifest, JSON.stringify({ version: 1, bottles: { dev: bottle }, agents: {} }));
  const host = {
    env: { HOME: folder, ONE: "first-secret-value", TWO: "second-secret-value", ...env },
    cwd: folder,
    uid: process.getuid?.() ?? -1,
    dist: folder,
    startedAt: 0,
  };
  return readRules(host, {
    manifest,
    bottle: undefined,
    id: "gateway-00000",
    seed: Buffer.alloc(32, 7),
    ownPlaceholder: "own-placeholder-0123456789",
    extraCa: [],
    askSecret: undefined,
  });
}

const credential = (host: string, variable: string, more: object = {}): object => ({
  host,
  header: "X-Key: {secret}",
  secret: `env:${variable}`,
  ...more,
});

test("one line tells what a new manifest changes, and no value", async () => {
  const before = await rulesOf(
    {
      egress: { allow: ["a.example", "b.example"], deny: ["x.example"] },
      env: { REGION: "${REGION}" },
      credentials: [credential("c.example", "ONE"), credential("d.example", "ONE")],
    },
    { REGION: "the-first-region" },
  );
  const after = await rulesOf(
    {
      egress: { allow: ["b.example", { host: "e.example", methods: ["GET"], paths: ["/p/**"] }] },
      env: { REGION: "${REGION}" },
      credentials: [
        credential("f.example", "TWO"),
        credential("c.example", "ONE", { methods: ["GET"] }),
      ],
    },
    { REGION: "the-second-region" },
  );
  expect(changesBetween(before, after)).toBe(
    "hosts: +GET https://e.example:443 /p/**, -https://a.example:443; denied: -https://x.example:*; " +
      "credentials: +x-key@f.example, -x-key@d.example, ~x-key@c.example; values: ~env REGION",
  );
  expect(changesBetween(after, after)).toBeUndefined();
});

test("a new secret is a change, though the manifest is the same", async () => {
  const bottle = { credentials: [credential("c.example", "ONE")] };
  const changed = changesBetween(
    await rulesOf(bottle),
    await rulesOf(bottle, { ONE: "another-secret-value" }),
  );
  expect(changed).toBe("credentials: ~x-key@c.example");
});

test("placeholders follow a credential, wherever it stands and whatever rules it has", async () => {
  const one = credential("c.example", "ONE");
  const first = await rulesOf({ credentials: [one] });
  const second = await rulesOf({
    credentials: [
      credential("d.example", "TWO"),
      credential("c.example", "ONE", { methods: ["GET"] }),
      credential("c.example:8443", "ONE"),
    ],
  });
  const [, moved, twin] = second.credentials;
  expect(moved?.placeholder).toBe(first.credentials[0]?.placeholder);
  expect(new Set(second.credentials.map(({ placeholder }) => placeholder)).size).toBe(3);
  expect(twin?.placeholder).not.toBe(moved?.placeholder);
});

test("what is announced holds every placeholder and no secret", async () => {
  const { credentials } = await rulesOf({
    credentials: [credential("c.example", "ONE"), credential("c.example:8443", "TWO")],
  });
  const said = announcementOf({
    id: "gateway-00000",
    listen: "/run/x",
    health: null,
    door: { host: "127.0.0.1", port: 4180 },
    ownPlaceholder: "own-placeholder-0123456789",
    credentials,
    caFile: "/x/ca.pem",
    inside: { ca: "/in/ca.pem", bundle: "/in/bundle.pem" },
  });
  expect(Object.keys(said.placeholders)).toEqual(["x-key@c.example", "x-key@c.example-2"]);
  expect(said.proxy).toBe("http://bottle:own-placeholder-0123456789@127.0.0.1:4180");
  expect(JSON.stringify(said)).not.toMatch(/(first|second)-secret-value/);
});
