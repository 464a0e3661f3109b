/** What a push is told where the server, or the client, does not do as git does. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ask, Question } from "../../gateway/config.ts";
import { Fields } from "../../gateway/http/fields.ts";
import { delimiterPacket, flushPacket, packet } from "./pkt-line.ts";
import { judgePush } from "./push-judge.ts";

const zero = "0".repeat(40);
const other = "c".repeat(40);
const ref = "refs/heads/agent/x";
const rules = { branches: ["agent/**"], maxPush: 1 << 20 };

/** Two commits, the second on the first, and the pack of the second. */
let folder: string;
let first: string;
let second: string;
let pack: Buffer;
let empty: Buffer;

function git(args: readonly string[], input = ""): Buffer {
  return execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
    input,
    stdio: ["pipe", "pipe", "ignore"],
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "judge-"));
  git(["init", "-q", "-b", "main"]);
  for (const name of ["one", "two"]) git(["commit", "-q", "--allow-empty", "-m", name]);
  [second = "", first = ""] = git(["rev-list", "HEAD"]).toString().trim().split("\n");
  pack = git(["pack-objects", "-q", "--revs", "--stdout"], "HEAD\n^HEAD~1\n");
  empty = git(["pack-objects", "-q", "--stdout"]);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Server {
  readonly refs?: readonly string[];
  /** Answers of the fetch service: what it can, and its commits. */
  readonly can?: Buffer;
  readonly commits?: Buffer;
  readonly status?: number;
}

const v2 = Buffer.concat([packet("version 2\n"), packet("fetch=shallow filter\n"), flushPacket]);

function server({ refs = [], can = v2, commits = Buffer.alloc(0), status = 200 }: Server): {
  readonly ask: Ask;
  readonly asked: Question[];
} {
  const list = refs.length === 0 ? [`${zero} capabilities^{}`] : refs;
  const refList = Buffer.concat([
    packet("# service=git-receive-pack\n"),
    flushPacket,
    ...list.map((line, index) => packet(index === 0 ? `${line}\0report-status\n` : `${line}\n`)),
    flushPacket,
  ]);
  const asked: Question[] = [];
  const ask: Ask = (question) => {
    asked.push(question);
    const body = question.target.endsWith("receive-pack")
      ? refList
      : question.method === "GET"
        ? can
        : commits;
    return Promise.resolve({ status, fields: new Fields(), body });
  };
  return { ask, asked };
}

function push(
  commands: readonly (readonly [old: string, next: string, ref?: string])[],
  sent: Buffer,
): Buffer {
  return Buffer.concat([
    ...commands.map(([old, next, name = ref], index) =>
      packet(`${old} ${next} ${name}${index === 0 ? "\0 report-status" : ""}`),
    ),
    flushPacket,
    sent,
  ]);
}

async function verdict(
  body: Buffer,
  ask: Ask,
): Promise<{ readonly code: string; readonly text: string }> {
  const judged = await judgePush(rules, {
    repository: "/me/app.git",
    body,
    ask,
    find: (data) => (data.includes("hidden value") ? "a value" : undefined),
  });
  return judged.ok
    ? { code: "ok", text: "" }
    : { code: judged.code, text: judged.answer?.body.toString("latin1") ?? "" };
}

/** A fetch answer with these objects' pack. */
const answer = (data: Buffer): Buffer =>
  Buffer.concat([
    packet("packfile\n"),
    packet(Buffer.concat([Buffer.from([1]), data])),
    flushPacket,
  ]);

describe("a push whose pack proves that it goes on from where the branch is", () => {
  it("goes on, and nothing but the list of refs was asked for", async () => {
    const { ask, asked } = server({ refs: [`${first} ${ref}`] });
    expect(await verdict(push([[first, second]], pack), ask)).toMatchObject({ code: "ok" });
    expect(asked.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "GET /me/app.git/info/refs?service=git-receive-pack",
    ]);
  });
});

describe("what a push says of where the branch is", () => {
  it.each<[string, readonly string[], string]>([
    ["another commit", [], "push-stale"],
    ["a branch that is not there", [`${other} refs/heads/main`], "push-stale"],
    ["elsewhere", [`${other} ${ref}`], "push-stale"],
  ])("is not taken from it where the server says: %s", async (_what, refs, code) => {
    const { ask } = server({ refs });
    const found = await verdict(push([[first, second]], pack), ask);
    expect(found.code).toBe(code);
    expect(found.text).toContain("fetch first");
  });

  it("is not taken from it where it says that the branch is new", async () => {
    const { ask } = server({ refs: [`${first} ${ref}`] });
    expect(await verdict(push([[zero, second]], pack), ask)).toMatchObject({ code: "push-stale" });
  });
});

describe("a push that needs more proof", () => {
  const refs = (): readonly string[] => [`${first} ${ref}`];

  it("goes on where the server's own commits are the proof", async () => {
    const { ask, asked } = server({ refs: refs(), commits: answer(pack) });
    expect(await verdict(push([[first, second]], empty), ask)).toMatchObject({ code: "ok" });
    const body = asked.at(-1)?.body?.toString("latin1") ?? "";
    for (const line of ["filter tree:0", `want ${second}`, `have ${first}`, "done"])
      expect(body).toContain(`${line}\n`);
  });

  it.each<[string, () => Server]>([
    ["answers with an error", () => ({ status: 500 })],
    ["does not speak protocol 2", () => ({ can: flushPacket })],
    ["says nothing of git's", () => ({ can: Buffer.from("<html>") })],
    ["has no such commit", () => ({ commits: packet("ERR upload-pack: not our ref") })],
    ["breaks off", () => ({ commits: answer(pack).subarray(0, 40) })],
    [
      "says that it failed",
      () => ({ commits: Buffer.concat([packet("packfile\n"), packet("\u0003no"), flushPacket]) }),
    ],
    ["sends a broken pack", () => ({ commits: answer(pack.subarray(1)) })],
    ["sends nothing", () => ({})],
  ])("is refused where the server %s", async (_what, more) => {
    const { ask } = server({ refs: refs(), ...more() });
    const found = await verdict(push([[first, second]], empty), ask);
    expect(found.code).toBe("push-unproven");
    expect(found.text).toMatch(
      /ng refs\/heads\/agent\/x claude-bottle: no proof of a fast-forward: /,
    );
  });

  it("is refused where the server sends other commits than those that were asked for", async () => {
    const { ask } = server({ refs: [`${second} ${ref}`], commits: answer(pack) });
    expect(await verdict(push([[second, other]], empty), ask)).toMatchObject({
      code: "push-not-fast-forward",
    });
  });

  it("is refused where nobody answers", async () => {
    const ask: Ask = () => Promise.reject(new Error("it did not answer in time"));
    expect(await verdict(push([[first, second]], pack), ask)).toMatchObject({
      code: "push-unproven",
    });
  });

  it("is refused for a new branch at something that is no commit", async () => {
    const { ask } = server({ refs: refs(), commits: answer(empty) });
    expect(await verdict(push([[zero, other, "refs/heads/agent/y"]], empty), ask)).toMatchObject({
      code: "push-not-fast-forward",
    });
  });

  it("asks no more than a few times", async () => {
    const many = Array.from(
      { length: 9 },
      (_, n) => [zero, other, `refs/heads/agent/${n}`] as const,
    );
    const { ask, asked } = server({ refs: refs() });
    expect(await verdict(push(many, empty), ask)).toMatchObject({ code: "push-unproven" });
    expect(asked).toHaveLength(1);
  });
});

describe("a push that cannot be judged", () => {
  it.each<[string, () => Buffer, string]>([
    [
      "with half a pack",
      () => push([[first, second]], pack.subarray(0, -5)),
      "the pack was refused",
    ],
    ["without a pack", () => push([[first, second]], Buffer.alloc(0)), "the pack was refused"],
    [
      "with options, which were not offered",
      () =>
        Buffer.concat([
          packet(`${first} ${second} ${ref}\0 report-status push-options`),
          flushPacket,
          packet("x"),
          flushPacket,
          pack,
        ]),
      "not taken",
    ],
    [
      "that asks for no report",
      () => Buffer.concat([packet(`${first} ${second} ${ref}\0 quiet`), flushPacket, pack]),
      "asks for no report",
    ],
    [
      "that is no push",
      () => Buffer.concat([packet("command=fetch"), delimiterPacket, flushPacket]),
      "The push was refused",
    ],
  ])("is refused before the server is asked: %s", async (_what, body, text) => {
    const { ask, asked } = server({ refs: [`${first} ${ref}`] });
    const found = await verdict(body(), ask);
    expect(found.code).toBe("push-unreadable");
    expect(found.text).toContain(text);
    expect(asked).toEqual([]);
  });

  it("is no probe: that goes on", async () => {
    const { ask } = server({});
    expect(await verdict(flushPacket, ask)).toMatchObject({ code: "ok" });
  });
});
