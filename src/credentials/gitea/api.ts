/** Judges the heads of requests to Gitea's API, by repository, word and query. */
import type { JudgedRequest, Verdict } from "../../gateway/config.ts";
import type { GiteaWord } from "../../manifest/manifest.ts";
import { alwaysOfRepository, alwaysOfServer, giteaTable } from "./api-table.ts";

export interface GiteaGrant {
  readonly basePath: string;
  /** `owner/name`. */
  readonly repos: readonly string[];
  readonly words: readonly GiteaWord[];
}

/** A step that cannot be read in two ways: percent-encodings of a space and of letters beyond ASCII alone. */
const step = String.raw`(?!\.{1,2}(?:/|$))(?:[\w.~!$&'()*+,=@-]|%20|%[89A-Fa-f][0-9A-Fa-f])+`;

/** A line of the table as method and pattern of a path. */
function compileLine(line: string): { readonly method: string; readonly path: RegExp } {
  const [, method = "", template = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
  const source = template
    .split(/(\{(?:id|name|path)\})/)
    .map((part) => {
      if (part === "{id}") return String.raw`\d{1,18}`;
      if (part === "{name}") return step;
      if (part === "{path}") return `${step}(?:/${step}){0,63}`;
      return part.replaceAll(".", String.raw`\.`);
    })
    .join("");
  return { method, path: new RegExp(`^${source}$`) };
}

/** Undefined for what is no path of the API. */
export function createGiteaJudge(
  grant: GiteaGrant,
): (request: JudgedRequest) => Verdict | undefined {
  const prefix = `${grant.basePath}/api/`;
  const server = alwaysOfServer.map(compileLine);
  const repository = [
    ...alwaysOfRepository,
    ...grant.words.flatMap((word) => giteaTable[word]),
  ].map(compileLine);
  const repos = new Set(grant.repos);
  return ({ method, path, query, fields }) => {
    if (!path.startsWith(prefix)) return undefined;
    const trouble = identityTrouble(query, fields) ?? bodyTrouble(method, fields);
    if (trouble !== undefined) return giteaRefusal(trouble);
    const rest = path.slice(prefix.length - 1).replace(/^\/v1(?=\/)/, "");
    if (rest === path.slice(prefix.length - 1))
      return giteaRefusal("Only the API of version 1 is granted.");
    const covers = (lines: typeof server, asked: string): boolean =>
      lines.some((line) => line.method === method && line.path.test(asked));
    if (covers(server, rest)) return { ok: true };
    const [, repo, asked = ""] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(rest) ?? [];
    if (repo === undefined)
      return giteaRefusal(
        "Of the API, only the granted repositories are open, not users, organizations or the server.",
      );
    if (!repos.has(repo))
      return giteaRefusal(
        `The credential is not for this repository, but for ${named(grant.repos)}.`,
      );
    if (covers(repository, asked)) return { ok: true };
    return giteaRefusal(
      `This request is not among what is granted (can: [${grant.words.join(", ")}]).`,
    );
  };
}

function named(repos: readonly string[]): string {
  return repos.length > 3 ? `${repos.slice(0, 3).join(", ")} and others` : repos.join(", ");
}

/**
 * Ways to be somebody else (Gitea: routers/api/v1/api.go, services/auth): parameters of a query, `Sudo`, a signature in place
 * of the token, a proxy's word for who it is. Parameter names are ASCII words here, so that none can hide in an encoding.
 */
function identityTrouble(query: string, fields: JudgedRequest["fields"]): string | undefined {
  for (const pair of query.slice(1).split("&")) {
    const [name = ""] = pair.split("=");
    if (pair !== "" && !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name))
      return "A parameter of the query has no plain name.";
    if (/^(?:sudo|token|access_token)$/i.test(name))
      return `The query must not name ${name.toLowerCase()}: the gateway says who asks.`;
    if (pair.includes(";")) return "A semicolon in the query can be read in more than one way.";
  }
  return identityField(fields);
}

/** Why a field is refused that says who asks, for the API and for git. */
export function identityField({ lowers }: JudgedRequest["fields"]): string | undefined {
  const other = /^(?:sudo|signature|x[-_]webauth[-_].*|x[-_]gitea[-_]otp)$/;
  const found = lowers.find((name) => other.test(name));
  return found === undefined
    ? undefined
    : `The field ${found} is not sent on: the gateway says who asks.`;
}

/** Gitea reads parameters from forms in bodies too, whatever the method. */
function bodyTrouble(method: string, fields: JudgedRequest["fields"]): string | undefined {
  if (method !== "GET") return undefined;
  const type = fields.first("content-type");
  if (type === undefined || /^application\/json(?:;|$)/i.test(type)) return undefined;
  return "A GET must not bring a form.";
}

/** In the form of Gitea's own errors, of which clients show the message. */
export function giteaRefusal(message: string): Verdict {
  const body = JSON.stringify({ message: `claude-bottle: ${message}`, url: "" });
  return {
    ok: false,
    code: "credential-rule",
    message,
    answer: { status: 403, type: "application/json", body: Buffer.from(body, "utf8") },
  };
}
