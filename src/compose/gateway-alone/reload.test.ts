import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AuditEvent, GatewayConfig } from "../../gateway/config.ts";
import { createReloader } from "./reload.ts";
import type { Reloader } from "./reload.ts";
import { readRules } from "./rules.ts";

let folder: string;
let clock: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reload-"));
  clock = 1_000_000;
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

async function lab(more: object = {}) {
  const key = join(folder, "key");
  const place = (secret: string): Promise<void> => writeFile(key, secret, { mode: 0o600 });
  const manifest = join(folder, "bottles.yaml");
  const credential = { host: "c.example", header: "X-Key: {secret}", secret: `file:${key}` };
  const bottles = { dev: { credentials: [{ ...credential, ...more }] } };
  await writeFile(manifest, JSON.stringify({ version: 1, bottles, agents: {} }));
  await place("first-secret-value");
  const host = { env: { HOME: folder }, cwd: folder, uid: 0, dist: folder, startedAt: 0 };
  const source = {
    manifest,
    bottle: undefined,
    id: "gateway-00000",
    seed: Buffer.alloc(32, 7),
    ownPlaceholder: "own-placeholder-0123456789",
    extraCa: [],
    askSecret: undefined,
  };
  const said: string[] = [];
  const events: AuditEvent[] = [];
  const hidden: GatewayConfig[] = [];
  const inForce: string[] = [];
  let heard = (): void => undefined;
  const reloader: Reloader = createReloader({
    host,
    source,
    rules: await readRules(host, source),
    gateway: {
      replace(next) {
        // What is not hidden from the log yet must not be in force.
        expect(hidden).toContain(next);
        inForce.push(next.credentials[0]?.secret ?? "");
        heard();
        return { ended: 0 };
      },
    },
    record: { append: (event) => events.push(event), hide: (config) => hidden.push(config) },
    now: () => clock,
    say: (line) => said.push(line),
    sayError: () => heard(),
  });
  const next = (): Promise<void> => new Promise((resolve) => (heard = resolve));
  return { place, reloader, said, events, inForce, next, manifest };
}

test("a service's 401 makes the sources be read, quietly, and at most every 30 seconds", async () => {
  const { place, reloader, said, inForce, next } = await lab();
  const refused = { status: 401, credential: "x-key@c.example" };
  reloader.heard({ status: 401 });
  reloader.heard({ status: 403, credential: "x-key@c.example" });
  await place("second-secret-value");
  let changed = next();
  reloader.heard(refused);
  await changed;
  expect(inForce).toEqual(["second-secret-value"]);
  await place("third-secret-value");
  clock += 29_999;
  reloader.heard(refused);
  clock += 1;
  changed = next();
  reloader.heard(refused);
  await changed;
  expect(inForce).toEqual(["second-secret-value", "third-secret-value"]);
  clock += 60_000;
  const before = said.length;
  reloader.heard(refused);
  await reloader.reload();
  expect(said.slice(before)).toEqual(["reloaded: nothing changed"]);
});

test("a credential's refresh makes them be read by the clock, until the end", async () => {
  const { place, reloader, inForce } = await lab({ refresh: "1m" });
  reloader[Symbol.dispose]();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const second = await lab({ refresh: "1m" });
  await second.place("second-secret-value");
  vi.advanceTimersByTime(59_999);
  const changed = second.next();
  vi.advanceTimersByTime(1);
  await changed;
  expect(second.inForce).toEqual(["second-secret-value"]);
  await second.reloader.reload();
  second.reloader[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
  await place("another-secret-value");
  await reloader.reload();
  expect(inForce).toEqual([]);
});

test("changes that come while one is read are one more read", async () => {
  const { place, reloader, inForce } = await lab();
  await place("second-secret-value");
  const first = reloader.reload();
  await place("third-secret-value");
  await Promise.all([first, reloader.reload(), reloader.reload()]);
  expect(inForce.at(-1)).toBe("third-secret-value");
  expect(inForce.length).toBeLessThanOrEqual(2);
});

test("what cannot be read changes nothing, and the log says where and why without a value", async () => {
  const { reloader, events, inForce, manifest, said } = await lab();
  await writeFile(manifest, "version: 1\nbottles: {dev: {egress: {alow: []}}}\n");
  await reloader.reload();
  expect(inForce).toEqual([]);
  expect(events).toEqual([
    {
      at: clock,
      event: "note",
      code: "rules-kept",
      reason: expect.stringMatching(/^bottles\.yaml:2:26: E_MANIFEST_UNKNOWN_KEY: /) as string,
    },
  ]);
  expect(said).toEqual(["not reloaded: the old rules stay in force"]);
});
