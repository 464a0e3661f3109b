/** A real sandbox with keeper and engine in it. Where pipelock itself can be had it is asked the same; elsewhere its stand-in is. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { dist } from "../support/bottle.ts";
import { standIn } from "../support/engine/pipelock.ts";
import type { StandInOptions } from "../support/engine/pipelock.ts";
import { lacksProgram, need } from "../support/require.ts";
import type { EngineSpec } from "../../src/manifest/manifest.ts";
import { startPipelock } from "../../src/engines/pipelock/engine.ts";
import type { PipelockEngine } from "../../src/engines/pipelock/engine.ts";
import type { EngineEvent } from "../../src/engines/pipelock/events.ts";

const keeper = join(dist, "engine-keeper.js");
const spec: EngineSpec = {
  name: "pipelock",
  as: "verdict",
  program: null,
  conversation: "unread",
  entropy: 4.5,
};
const token = ["ghp", "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7j"].join("_");

interface Scene extends AsyncDisposable {
  readonly engine: PipelockEngine;
  readonly events: EngineEvent[];
}

async function open(
  options: StandInOptions & {
    readonly as?: EngineSpec["as"];
    readonly hosts?: readonly string[];
  } = {},
): Promise<Scene> {
  const program = await standIn(options);
  const events: EngineEvent[] = [];
  const engine = startPipelock({
    spec: { ...spec, as: options.as ?? "verdict" },
    program: program.program,
    keeper,
    node: process.execPath,
    owner: process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined,
    hosts: options.hosts ?? ["api.example.org", "*.cdn.example.org"],
    event: (event) => events.push(event),
  });
  return {
    engine,
    events,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await program[Symbol.asyncDispose]();
    },
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Of this test's own, however deep. */
function descendants(): readonly Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): Process[] => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent, command }];
      } catch {
        return [];
      }
    });
  const mine = new Set([process.pid]);
  for (let before = 0; before !== mine.size;) {
    before = mine.size;
    for (const { pid, parent } of all) if (mine.has(parent)) mine.add(pid);
  }
  return all.filter(({ pid }) => pid !== process.pid && mine.has(pid));
}

const engineProcess = (): Process | undefined =>
  descendants().find(({ command }) => command.includes("/run/engine/program run"));

describe("an engine in its sandbox", () => {
  test("allows what is harmless, and denies what it finds, encoded too", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using scene = await open();
    const { engine } = scene.engine;
    const ask = (kind: "url" | "text", data: string): Promise<unknown> =>
      engine.ask(kind === "url" ? { kind, url: data } : { kind, text: data });
    expect(await ask("url", "https://api.example.org/v1/items?page=2")).toEqual({ allowed: true });
    expect(await ask("text", "nothing to see")).toEqual({ allowed: true });
    expect(await ask("text", `a ${token} b`)).toEqual({
      allowed: false,
      finding: "DLP-GitHub Token (critical)",
    });
    const encoded = Buffer.from(`key=${token}`).toString("base64");
    expect(await ask("text", encoded)).toMatchObject({ allowed: false });
    expect(
      await ask("url", `https://api.example.org/?q=${encodeURIComponent(token)}`),
    ).toMatchObject({ allowed: false });
    expect(await ask("url", "https://elsewhere.example.org/")).toMatchObject({ allowed: false });
    const { version } = await scene.engine.ready;
    expect(version).toBe("0.0.0-stand-in");
  });

  test("is nobody's but its own user's, has no network, and no descriptor or file of the host", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using scene = await open();
    await scene.engine.ready;
    const found = engineProcess();
    const status = readFileSync(`/proc/${found?.pid}/status`, "utf8");
    expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).not.toBe("0");
    expect(/^CapEff:\t(.*)$/m.exec(status)?.[1]).toBe("0000000000000000");
    expect(/^CapPrm:\t(.*)$/m.exec(status)?.[1]).toBe("0000000000000000");
    expect(/^NoNewPrivs:\t(\d)/m.exec(status)?.[1]).toBe("1");
    const limits = readFileSync(`/proc/${found?.pid}/limits`, "utf8");
    expect(limits).toMatch(/^Max core file size +1 +1 /m);
    const devices = readFileSync(`/proc/${found?.pid}/net/dev`, "utf8").trim().split("\n");
    expect(devices.slice(2).map((line) => line.trim().split(":")[0])).toEqual(["lo"]);
    const root = `/proc/${found?.pid}/root`;
    expect(existsSync(join(root, "etc/passwd"))).toBe(false);
    expect(existsSync(join(root, "home"))).toBe(false);
    expect(existsSync(join(root, "root"))).toBe(false);
    // Nothing that it was told stands in an argument or an environment.
    const settings = readFileSync(join(root, "run/engine/scratch/pipelock.yaml"), "utf8");
    const [, secret = "none"] = /"bearer_tokens":\["([0-9a-f]{64})"\]/.exec(settings) ?? [];
    for (const { pid } of descendants()) {
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(secret);
      expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain(secret);
    }
  });

  test("that is killed is gone: what was asked, and what is asked then, gets no verdict", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using scene = await open({ trick: "() => 'answered'" });
    await scene.engine.ready;
    const waiting = scene.engine.engine.ask({ kind: "text", text: "hello" });
    waiting.catch(() => undefined);
    await sleep(50);
    process.kill(engineProcess()?.pid ?? -1, "SIGKILL");
    await expect(waiting).rejects.toThrow(/SIGKILL|ECONNRESET/);
    expect(await scene.engine.gone).toMatch(/SIGKILL/);
    await expect(
      scene.engine.engine.ask({ kind: "url", url: "https://api.example.org/" }),
    ).rejects.toThrow(/SIGKILL/);
  });

  test("that is stopped gives no verdict, and the next ones again when it goes on", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using scene = await open();
    await scene.engine.ready;
    const pid = engineProcess()?.pid ?? -1;
    process.kill(pid, "SIGSTOP");
    await expect(scene.engine.engine.ask({ kind: "text", text: "hello" })).rejects.toThrow(
      "does not answer",
    );
    process.kill(pid, "SIGCONT");
    expect(await scene.engine.engine.ask({ kind: "text", text: "hello" })).toEqual({
      allowed: true,
    });
  });

  test.each([
    ["a decision that is not known", "() => ({ decision: 'warn' })", "decision"],
    ["an error", "() => ({ status: 'error' })", "complete"],
    ["an answer to another question", "() => ({ request_id: '99' })", "another question"],
    ["a yes beside a finding", "() => ({ findings: [{}] })", "found something"],
    ["no JSON", "(_, r) => (r.writeHead(200).end('<html>'), 'answered')", "no JSON"],
    ["another status", "(_, r) => (r.writeHead(503).end('{}'), 'answered')", "status 503"],
    ["a redirect", "(_, r) => (r.writeHead(307, {location: '/'}).end(), 'answered')", "status 307"],
    [
      "more than is read",
      "(_, r) => (r.writeHead(200).end('x'.repeat(1e6)), 'answered')",
      "too long",
    ],
    [
      "an end in the middle",
      "(_, r) => (r.writeHead(200, {'content-length': 9}).write('{'), r.destroy(), 'answered')",
      "ECONNRESET",
    ],
  ])("that answers with %s gives no verdict", async (_what, trick, why) => {
    await using scene = await open({ trick });
    await expect(scene.engine.engine.ask({ kind: "text", text: "hello" })).rejects.toThrow(why);
  });

  test("that refuses its settings does not start, and says why", async (context) => {
    need(context, lacksProgram("bwrap"));
    await using program = await standIn({ leads: {} });
    const bad = startPipelock({
      spec: { ...spec, entropy: 0 },
      program: program.program,
      keeper,
      node: process.execPath,
      owner: process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined,
      hosts: [],
      event: () => undefined,
    });
    await expect(bad.ready).rejects.toMatchObject({ code: "E_ENGINE_START" });
    expect(await bad.gone).toContain("entropy_threshold must be positive");
    await bad[Symbol.asyncDispose]();
  });

  test("leaves no process behind", async (context) => {
    need(context, lacksProgram("bwrap"));
    {
      await using scene = await open();
      await scene.engine.ready;
      expect(engineProcess()).toBeDefined();
    }
    while (descendants().some(({ command }) => command.includes("/run/engine/"))) await sleep(10);
    expect(engineProcess()).toBeUndefined();
  });
});
