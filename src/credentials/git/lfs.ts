/** git-lfs's batch API (git-lfs: docs/api/batch.md): what it asks for, and what its answers must not hand on. */
import type { JudgedRequest, Verdict } from "../../gateway/config.ts";
import { readJson } from "../presets/json.ts";
import type { GitGrant } from "./grant.ts";
import { textRefused } from "./push-answer.ts";

type Json = Readonly<Record<string, unknown>>;

/** git-lfs prints the `message` of a JSON body. */
export function lfsRefusal(message: string): Verdict {
  const body = Buffer.from(JSON.stringify({ message: `claude-bottle: ${message}` }), "utf8");
  return {
    ok: false,
    code: "credential-rule",
    message,
    answer: { ...textRefused(message), type: "application/vnd.git-lfs+json", body },
  };
}

/** By its operation: `download` is reading, `upload` writing, anything else neither. */
export function judgeLfsBatch(
  { lfs }: Pick<GitGrant, "lfs">,
  fields: JudgedRequest["fields"],
  body: Buffer,
): Verdict {
  const type = /^application\/vnd\.git-lfs\+json(?:; *charset=utf-8)?$/i;
  if (
    !type.test(fields.first("content-type") ?? "") ||
    fields.first("content-encoding") !== undefined
  )
    return lfsRefusal("The batch is not git-lfs's JSON.");
  const read = readJson(body);
  if (!read.ok || !isObject(read.value)) return lfsRefusal("The batch is not strict JSON.");
  const { operation } = read.value;
  if (lfs === "write" && operation === "upload") return { ok: true };
  if (lfs !== "none" && operation === "download") return { ok: true };
  return lfsRefusal("Large files are granted for reading alone (lfs: read).");
}

/**
 * Some servers, Gitea among them, put the Authorization of the request into the answer, for transfers. It is the real one:
 * it goes, and with it the word that says no other is needed. git-lfs then sends what it sends to git, the placeholder.
 */
export function rewriteLfsBatch(body: Buffer): Buffer {
  const read = readJson(body);
  if (!read.ok || !isObject(read.value)) throw new Error("the batch is not strict JSON");
  const { objects } = read.value;
  if (!Array.isArray(objects)) return body;
  return Buffer.from(
    JSON.stringify({ ...read.value, objects: objects.map((object: unknown) => bare(object)) }),
    "utf8",
  );
}

function bare(object: unknown): unknown {
  if (!isObject(object) || !isObject(object["actions"])) return object;
  const { authenticated: _authenticated, ...rest } = object;
  const actions = Object.entries(object["actions"]).map(([name, action]) => {
    if (!isObject(action) || !isObject(action["header"])) return [name, action] as const;
    const header = Object.entries(action["header"]).filter(
      ([field]) => field.toLowerCase() !== "authorization",
    );
    return [name, { ...action, header: Object.fromEntries(header) }] as const;
  });
  return { ...rest, actions: Object.fromEntries(actions) };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
