/** The author of commits made inside, where the owner wants it to be himself: asked of his git, which reads his config and nothing else. */
import { execFile } from "node:child_process";
import { BottleError } from "../errors/error.ts";
import type { GitIdentity } from "../manifest/manifest.ts";
import { authorEmailFormat, authorNameFormat } from "../manifest/formats/identity.ts";
import type { Host } from "./paths.ts";
import { homeOf } from "./paths.ts";

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Null: the agent's own. */
export async function authorOf(host: Host, git: GitIdentity): Promise<Author | null> {
  if (git.kind === "none") return null;
  if (git.kind === "named") return { name: git.name, email: git.email };
  const [name, email] = await Promise.all([ask(host, "user.name"), ask(host, "user.email")]);
  const author = { name: authorNameFormat.parse(name), email: authorEmailFormat.parse(email) };
  if (author.name.ok && author.email.ok)
    return { name: author.name.value, email: author.email.value };
  const missing = author.name.ok ? "user.email" : "user.name";
  throw new BottleError({
    code: "E_PLAN_GIT",
    what: `Your git config has no ${missing} that a bottle could use.`,
    why: "Asked was your own config (git config --global), without what it includes.",
    next: `Set it with: git config --global ${missing} …; or write git: {name, email} in the manifest.`,
  });
}

/** No repository is looked for, no include read, nothing run. */
function ask(host: Host, key: string): Promise<string> {
  const env = {
    PATH: host.env["PATH"],
    HOME: homeOf(host),
    XDG_CONFIG_HOME: host.env["XDG_CONFIG_HOME"],
    GIT_CONFIG_NOSYSTEM: "1",
    LC_ALL: "C",
  };
  const argv = ["config", "--global", "--no-includes", "--get", key];
  return new Promise((resolve) => {
    execFile("git", argv, { env, cwd: "/", timeout: 10_000, maxBuffer: 64 * 1024 }, (error, out) =>
      resolve(error === null ? out.replace(/\n$/, "") : ""),
    );
  });
}
