/** What git finds in its config inside of a bottle, so that a clone works with no set-up. */
import type { Inside } from "../presets/preset.ts";

export interface InsideGit {
  /** The service's base URL. */
  readonly url: string;
  readonly user: string;
  readonly placeholder: string;
}

/**
 * The placeholder goes along from the first request on: git asks a credential helper only after a 401, which no refusal
 * of the gateway is. Remotes by ssh become https (git-config(1), "url.<base>.insteadOf"), the only way out there is.
 */
export function insideGit({ url, user, placeholder }: InsideGit): Inside["seeds"][number] {
  const base = `${url}/`;
  const host = new URL(url).hostname;
  const basic = Buffer.from(`${user}:${placeholder}`, "utf8").toString("base64");
  const lines = [
    `[http ${quoted(base)}]`,
    `\textraHeader = ${quoted(`Authorization: Basic ${basic}`)}`,
    `[url ${quoted(base)}]`,
    `\tinsteadOf = ${quoted(`git@${host}:`)}`,
    `\tinsteadOf = ${quoted(`ssh://git@${host}/`)}`,
    `\tinsteadOf = ${quoted(`ssh://git@${host}:22/`)}`,
    "",
  ];
  // Read before `~/.gitconfig`, which is the agent's own (git-config(1), "FILES").
  return { path: ".config/git/config", content: lines.join("\n") };
}

/** git-config(1), "Syntax"; none of these texts holds a line break. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}
