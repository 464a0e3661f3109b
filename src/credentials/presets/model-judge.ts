/** What the judges of model requests have in common: how they read, and how they say no. */
import type { Verdict } from "../../gateway/config.ts";
import { readJson } from "./json.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Stops the walk; its message goes to the agent and holds no text of the request but a checked term. */
class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The verdict of a walk over the body, which throws what `unreadable` and `fetcher` make. */
export function judgeBody(body: Buffer, walk: (value: unknown) => void): Verdict {
  const read = readJson(body);
  if (!read.ok)
    return {
      ok: false,
      code: "body-unreadable",
      message: `the request body was refused: ${read.why}`,
    };
  try {
    walk(read.value);
    return { ok: true };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

/** An object with plain keys: some parsers take `Tools` or a look-alike letter for `tools`. */
export function fieldsOf(value: unknown, plain: RegExp = /^[a-z0-9_]{1,64}$/): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unreadable("an object is missing");
  for (const key of Object.keys(value))
    if (!plain.test(key)) throw unreadable("a field has an odd name");
  return value as Fields;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable("a list is missing");
  return value as unknown[];
}

/** A term of the request, fit to be shown. */
export function term(text: string): string {
  return /^[\w.:-]{1,64}$/.test(text) ? text : "with an odd name";
}

export function unreadable(why: string): Error {
  return new Refused("body-unreadable", `the request body was refused: ${why}`);
}

/** `name`: with which the owner could allow it; empty where he cannot. */
export function fetcher(what: string, name: string): Error {
  const remedy = name === "" ? "" : `; the owner can allow it with serverTools: [${name}]`;
  return new Refused(
    "server-side-fetch",
    `${what} is refused, because the service would act or fetch for the agent${remedy}`,
  );
}
