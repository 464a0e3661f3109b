/** MCP servers of the owner's own scope: programs that are there inside too, and addresses. What opens doors stays behind. */
import { refused } from "./basket.ts";
import type { Basket } from "./basket.ts";
import type { Fields } from "./json.ts";
import { isFields, readFields } from "./json.ts";

/** Names of variables whose values are secrets, whatever they look like. */
const secretName = /token|key|secret|passw|auth|credential|cookie|session|dsn|connection|_url$/i;

export function bringServers(basket: Basket, isInside: (program: string) => boolean): Fields {
  const found = readFields(basket, ".claude.json")?.["mcpServers"];
  const kept: [string, Fields][] = [];
  for (const [name, server] of Object.entries(isFields(found) ? found : {})) {
    const place = `~/.claude.json, mcpServers.${name},`;
    const brought = isFields(server)
      ? bringServer(basket, name, server, place, isInside)
      : undefined;
    if (brought !== undefined) kept.push([name, brought]);
  }
  if (kept.length > 0) basket.comes(`MCP servers ${kept.map(([name]) => name).join(", ")}`);
  return Object.fromEntries(kept);
}

function bringServer(
  basket: Basket,
  name: string,
  server: Fields,
  place: string,
  isInside: (program: string) => boolean,
): Fields | undefined {
  const { type = "stdio", url, command, args = [], env = {} } = server;
  if (type === "http" || type === "sse") {
    if (typeof url !== "string" || !isPlainUrl(url)) {
      basket.stays(`the MCP server ${name}, whose address is none or holds a password`);
      return undefined;
    }
    basket.check(url, place);
    const dropped = Object.keys(server).filter((key) => key !== "type" && key !== "url");
    if (dropped.length > 0) basket.stays(`${dropped.join(", ")} of the MCP server ${name}`);
    return { type, url };
  }
  if (type !== "stdio" || typeof command !== "string" || !isInside(command)) {
    basket.stays(`the MCP server ${name}, whose program is not there inside`);
    return undefined;
  }
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string") || !isFields(env))
    throw refused(`${place} is not as Claude Code writes it.`, "Correct it, or do not bring mcp.");
  for (const text of [command, ...args]) basket.check(text, place);
  return { type, command, args, env: bringEnv(basket, name, env, place) };
}

/** A variable that is a secret by its name is there, and empty: the server says what it lacks. */
function bringEnv(
  basket: Basket,
  server: string,
  env: Fields,
  place: string,
): Record<string, string> {
  const masked: string[] = [];
  const kept = Object.entries(env).map(([name, value]): [string, string] => {
    const text = String(value);
    basket.check(text, `${place} env.${name}`);
    if (!secretName.test(name) && !text.includes("${")) return [name, text];
    masked.push(name);
    return [name, ""];
  });
  if (masked.length > 0)
    basket.stays(
      `the value${masked.length === 1 ? "" : "s"} of ${masked.join(", ")} of the MCP server ${server}`,
    );
  return Object.fromEntries(kept);
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    ["http:", "https:"].includes(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    ![...url.searchParams.keys()].some((key) => secretName.test(key))
  );
}
