/** Refuses requests that would make the Gemini API fetch, run or read something for the agent (DESIGN section 5). */
import type { Verdict } from "../../../gateway/config.ts";
import { fetcher, fieldsOf, judgeBody, listOf, term } from "../model-judge.ts";
import { jsonName, ownFields, partFields, protoName, requestFields } from "./terms.ts";

/** `serverTools`: server tools, request fields and part fields that the owner allows by name. */
export function judgeGemini(body: Buffer, serverTools: readonly string[]): Verdict {
  return judgeBody(body, (value) => new Judge(new Set(serverTools)).request(value));
}

/** What the service would read from its own store, or fetch. */
const references: ReadonlySet<string> = new Set([
  "cachedContent",
  "fileData",
  "fileUri",
  "gcsUri",
  "uri",
  "url",
]);

class Judge {
  readonly #named: ReadonlySet<string>;

  constructor(named: ReadonlySet<string>) {
    this.#named = named;
  }

  request(value: unknown): void {
    for (const [key, field] of entries(value)) {
      if (field === null) continue;
      if (!requestFields.has(key)) this.#demandNamed("the field", key);
      else if (key === "generateContentRequest") this.request(field);
      else if (key === "contents") this.#contents(field);
      else if (key === "systemInstruction") this.#content(field);
      else if (key === "tools") for (const tool of oneOrMore(field)) this.#tool(tool);
      else this.#inertField(key, field);
    }
  }

  #tool(value: unknown): void {
    for (const [key, field] of entries(value))
      if (key !== "functionDeclarations" && field !== null)
        this.#demandNamed("the server-side tool", key);
  }

  #contents(value: unknown): void {
    if (typeof value === "string") return;
    for (const content of oneOrMore(value)) this.#content(content);
  }

  #content(value: unknown): void {
    if (typeof value === "string") return;
    for (const [key, field] of entries(value))
      if (key === "parts") this.#parts(field);
      else this.#inertField(key, field);
  }

  #parts(value: unknown): void {
    for (const part of oneOrMore(value)) {
      if (typeof part === "string") continue;
      for (const [key, field] of entries(part)) {
        if (field === null) continue;
        if (!partFields.has(key)) this.#demandNamed("a part with", key);
        else this.#inertField(key, field);
      }
    }
  }

  /** Anything else, at any depth: it must not point at a file or an address. */
  #inert(value: unknown): void {
    if (Array.isArray(value)) for (const item of value as unknown[]) this.#inert(item);
    else if (typeof value === "object" && value !== null)
      for (const [key, field] of entries(value)) this.#inertField(key, field);
  }

  #inertField(key: string, field: unknown): void {
    if (field === null || ownFields.has(key)) return;
    if (references.has(key)) this.#demandNamed("a reference by", key);
    else if (key === "parts") this.#parts(field);
    else if (key === "tools") throw fetcher("the field tools at this place", "");
    else this.#inert(field);
  }

  #demandNamed(what: string, key: string): void {
    const name = protoName(key);
    if (!this.#named.has(name)) throw fetcher(`${what} ${term(name)}`, term(name));
  }
}

/** Repeated fields may be written as one. */
function oneOrMore(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? [value]
    : listOf(value);
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(fieldsOf(value, /^\w{1,64}$/)).map(([key, field]) => [
    jsonName(key),
    field,
  ]);
}
