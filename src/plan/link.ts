/** The links by name, as the command line says them, and what the plan says of each. */
import { BottleError } from "../errors/error.ts";
import { closest } from "../manifest/closest.ts";
import type { LinkName } from "../manifest/manifest.ts";
import { quote } from "../manifest/quote.ts";

const words: Readonly<Record<LinkName, string>> = {
  socket: "a socket, and no network",
  network: "an internal network, where nothing but the gateway answers",
  loopback: "the gateway beside the agent, held apart by a firewall",
};

const links = Object.keys(words) as readonly LinkName[];

/** Throws E_USAGE for a link that does not exist. */
export function parseLink(text: string): LinkName {
  const known = links.find((link) => link === text);
  if (known !== undefined) return known;
  const near = closest(text, links);
  throw new BottleError({
    code: "E_USAGE",
    what: `There is no link ${quote(text)}.`,
    next: near === undefined ? `Use one of ${links.join(", ")}.` : `Did you mean "${near}"?`,
  });
}

/** For the preflight. */
export function linkWords(link: LinkName, reason?: string): string {
  return `${link}: ${words[link]}${reason === undefined ? "" : `; ${reason}`}`;
}
