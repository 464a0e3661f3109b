/** Refuses model requests that would make the service fetch, run or read something for the agent (DESIGN section 5). */
import type { Verdict } from "../../gateway/config.ts";
import {
  blockTypes,
  callTypes,
  isHarmlessTool,
  isNamed,
  requestFields,
  sourceTypes,
} from "./anthropic-terms.ts";
import { fetcher, fieldsOf, judgeBody, listOf, term, unreadable } from "./model-judge.ts";

/** Fields that mean something at the top of a request; further down they are a way around. */
const requestOnly: ReadonlySet<string> = new Set(["container", "mcp_servers", "tools"]);

/** `serverTools`: server tools, request fields, block and source types that the owner allows by name. */
export function judgeAnthropic(body: Buffer, serverTools: readonly string[]): Verdict {
  if (body.length === 0) return { ok: true };
  return judgeBody(body, (value) => new Judge(new Set(serverTools)).request(value));
}

class Judge {
  readonly #named: ReadonlySet<string>;

  constructor(named: ReadonlySet<string>) {
    this.#named = named;
  }

  request(value: unknown): void {
    const fields = fieldsOf(value);
    for (const [key, field] of Object.entries(fields)) {
      if (field === null) continue;
      if (key === "mcp_servers" && Array.isArray(field) && field.length === 0) continue;
      if (!requestFields.has(key) && !this.#named.has(key))
        throw fetcher(`the field ${term(key)}`, term(key));
      if (key === "system") this.#content(field);
      else if (key === "messages") for (const message of listOf(field)) this.#message(message);
      else if (key === "tools") for (const tool of listOf(field)) this.#tool(tool);
      else if (key === "fallbacks") this.#fallbacks(field);
      else if (!key.startsWith("output_") && !this.#named.has(key)) this.#inert(field);
    }
  }

  /** Other models to ask: each entry is part of a request. */
  #fallbacks(value: unknown): void {
    if (typeof value === "string") return;
    for (const fallback of listOf(value)) if (typeof fallback !== "string") this.request(fallback);
  }

  #tool(value: unknown): void {
    const fields = fieldsOf(value);
    const type = fields["type"] ?? "custom";
    if (typeof type !== "string") throw unreadable("a tool's type is not text");
    if (!isHarmlessTool(type)) {
      if (isNamed(this.#named, type)) return;
      throw fetcher(`the server-side tool ${term(type)}`, term(type));
    }
    for (const [key, field] of Object.entries(fields))
      if (key !== "input_schema" && key !== "input_examples") this.#inertField(key, field);
  }

  #message(value: unknown): void {
    for (const [key, field] of Object.entries(fieldsOf(value)))
      if (key === "content") this.#content(field);
      else this.#inertField(key, field);
  }

  /** Text, one block, or a list of blocks. */
  #content(value: unknown): void {
    if (typeof value === "string" || value === null) return;
    for (const block of Array.isArray(value) ? (value as unknown[]) : [value]) this.#block(block);
  }

  #block(value: unknown): void {
    if (typeof value === "string") return;
    const fields = fieldsOf(value);
    const type = fields["type"];
    if (typeof type !== "string") throw unreadable("a content block has no type");
    if (!blockTypes.has(type)) {
      if (isNamed(this.#named, type)) return;
      throw fetcher(`the content block ${term(type)}`, term(type));
    }
    for (const [key, field] of Object.entries(fields)) {
      if (key === "input" && callTypes.has(type)) continue;
      if (key === "content") this.#content(field);
      else if (key === "source" && type !== "search_result") this.#source(field);
      else if (key !== "type") this.#inertField(key, field);
    }
  }

  /** Where an image or document comes from: only from the request itself. */
  #source(value: unknown): void {
    const fields = fieldsOf(value);
    const type = fields["type"];
    if (typeof type !== "string") throw unreadable("a source has no type");
    if (!sourceTypes.has(type)) {
      if (this.#named.has(`source_${type}`)) return;
      throw fetcher(`a source of type ${term(type)}`, `source_${term(type)}`);
    }
    for (const [key, field] of Object.entries(fields)) {
      if (key === "content") this.#content(field);
      else if (key !== "type") this.#inertField(key, field);
    }
  }

  /** Anything else, at any depth: it must not point at a file or an address. */
  #inert(value: unknown): void {
    if (Array.isArray(value)) for (const item of value as unknown[]) this.#inert(item);
    else if (typeof value === "object" && value !== null)
      for (const [key, field] of Object.entries(fieldsOf(value))) this.#inertField(key, field);
  }

  #inertField(key: string, field: unknown): void {
    if (field === null) return;
    if (requestOnly.has(key)) throw fetcher(`the field ${key} at this place`, "");
    if (key === "file_id" || key === "file_ids") throw fetcher("a file of the service", "");
    if (key === "type" && (field === "url" || field === "file"))
      throw fetcher(`a source of type ${field}`, "");
    if (key === "source" && typeof field === "object") this.#source(field);
    else this.#inert(field);
  }
}
