/** Refuses requests that would make the OpenAI API fetch, run or read something for the agent (DESIGN section 5). */
import type { Verdict } from "../../../gateway/config.ts";
import { fetcher, fieldsOf, judgeBody, listOf, term, unreadable } from "../model-judge.ts";
import {
  chatFields,
  isNamed,
  itemTypes,
  ownFields,
  partTypes,
  responseFields,
  searchesByItself,
  toolTypes,
} from "./terms.ts";

/** `serverTools`: server tools, request fields, item and part types that the owner allows by name. */
export function judgeOpenai(
  api: "chat" | "responses",
  body: Buffer,
  serverTools: readonly string[],
): Verdict {
  return judgeBody(body, (value) => new Judge(new Set(serverTools)).request(api, value));
}

/** Further down these would be a way around. */
const elsewhere: ReadonlySet<string> = new Set([
  "conversation",
  "mcp_servers",
  "previous_response_id",
  "tools",
]);

/** What the service would read from its own store, or reach by a connection of its own. */
const references: ReadonlySet<string> = new Set([
  "connector_id",
  "container",
  "container_id",
  "file_id",
  "file_ids",
  "server_url",
  "skill_id",
  "vector_store_id",
  "vector_store_ids",
]);

/** What holds a URL that the service would fetch, unless it holds the data itself. */
const addresses: ReadonlySet<string> = new Set([
  "audio_url",
  "file_url",
  "image_url",
  "url",
  "video_url",
]);

class Judge {
  readonly #named: ReadonlySet<string>;

  constructor(named: ReadonlySet<string>) {
    this.#named = named;
  }

  request(api: "chat" | "responses", value: unknown): void {
    const known = api === "chat" ? chatFields : responseFields;
    for (const [key, field] of Object.entries(fieldsOf(value))) {
      if (field === null || (field === false && key === "background")) continue;
      if (!known.has(key)) {
        if (this.#named.has(key)) continue;
        throw fetcher(`the field ${term(key)}`, term(key));
      }
      if (key === "model") this.#model(field);
      else if (key === "tools") this.#tools(field);
      else if (key === "input") this.#input(field);
      else if (key === "messages") for (const message of listOf(field)) this.#message(message);
      else if (!ownFields.has(key)) this.#inert(field);
    }
  }

  #model(value: unknown): void {
    if (typeof value !== "string") throw unreadable("the model is not text");
    if (searchesByItself(value) && !this.#named.has("web_search"))
      throw fetcher("a model that searches the web", "web_search");
  }

  #tools(value: unknown): void {
    for (const tool of listOf(value)) this.#tool(tool);
  }

  #tool(value: unknown): void {
    const fields = fieldsOf(value);
    const type = typeOf(fields, "a tool");
    if (isNamed(this.#named, type)) return;
    if (type === "shell" ? !runsHere(fields["environment"]) : !toolTypes.has(type))
      throw fetcher(`the server-side tool ${term(type)}`, term(type));
    for (const [key, field] of Object.entries(fields))
      if (key === "tools") this.#tools(field);
      else if (!schemaFields.has(key)) this.#inertField(key, field);
  }

  /** Text, or a list of items; an item without type is a message. */
  #input(value: unknown): void {
    if (typeof value === "string") return;
    for (const item of listOf(value)) this.#item(item);
  }

  #item(value: unknown): void {
    const fields = fieldsOf(value);
    const type = fields["type"] === undefined ? "message" : typeOf(fields, "an item");
    if (!itemTypes.has(type)) {
      // What a server tool did before is its history.
      if (isNamed(this.#named, type) || isNamed(this.#named, type.replace(/_call$/, ""))) return;
      throw fetcher(`the item ${term(type)}`, term(type));
    }
    for (const [key, field] of Object.entries(fields))
      if (key === "tools") this.#tools(field);
      else if (contentFields.has(key)) this.#content(field);
      // Commands and arguments that the agent ran, or will.
      else if (!callFields.has(key)) this.#inertField(key, field);
  }

  #message(value: unknown): void {
    for (const [key, field] of Object.entries(fieldsOf(value)))
      if (key === "content") this.#content(field);
      else if (key !== "tool_calls" && key !== "function_call") this.#inertField(key, field);
  }

  /** Text, one part, or a list of parts. */
  #content(value: unknown): void {
    if (typeof value === "string" || value === null) return;
    for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) this.#part(part);
  }

  #part(value: unknown): void {
    if (typeof value === "string") return;
    const fields = fieldsOf(value);
    if (fields["type"] === undefined) return this.#inert(value);
    const type = typeOf(fields, "a part");
    if (!partTypes.has(type)) {
      if (isNamed(this.#named, type)) return;
      throw fetcher(`the part ${term(type)}`, term(type));
    }
    for (const [key, field] of Object.entries(fields))
      // Citations of an answer: history.
      if (!(type === "output_text" && key === "annotations")) this.#inertField(key, field);
  }

  /** Anything else, at any depth: it must not point at a file, an address or another request. */
  #inert(value: unknown): void {
    if (Array.isArray(value)) for (const item of value as unknown[]) this.#inert(item);
    else if (typeof value === "object" && value !== null)
      for (const [key, field] of Object.entries(fieldsOf(value))) this.#inertField(key, field);
  }

  #inertField(key: string, field: unknown): void {
    if (field === null) return;
    if (elsewhere.has(key)) throw fetcher(`the field ${key} at this place`, "");
    if (references.has(key) && !this.#named.has(key)) throw fetcher(`a reference by ${key}`, key);
    if (addresses.has(key)) return this.#address(key, field);
    this.#inert(field);
  }

  /** The data itself (RFC 2397), or an object that holds the address. */
  #address(key: string, field: unknown): void {
    if (typeof field !== "string") return this.#inert(field);
    if (/^data:/i.test(field) || this.#named.has(key)) return;
    throw fetcher(`an address in ${key}`, key);
  }
}

const schemaFields: ReadonlySet<string> = new Set(["format", "function", "parameters"]);
const contentFields: ReadonlySet<string> = new Set(["content", "output", "summary"]);
const callFields: ReadonlySet<string> = new Set(["action", "arguments", "operation"]);

function typeOf(fields: Readonly<Record<string, unknown>>, what: string): string {
  const type = fields["type"];
  if (typeof type !== "string") throw unreadable(`${what} has no type`);
  return type;
}

/** Where a shell's commands run: with the agent, or in a container of the service. */
function runsHere(environment: unknown): boolean {
  return (
    typeof environment === "object" &&
    environment !== null &&
    (environment as Readonly<Record<string, unknown>>)["type"] === "local"
  );
}
