/** Judges the heads of requests to GitHub's REST API, by repository and word. */
import type { JudgedRequest, Verdict } from "../../gateway/config.ts";
import { githubTable, pushTable, serviceTable } from "./api-table.ts";
import type { GithubGrant } from "./grant.ts";
import { githubRefusal, isGranted, notForRepository } from "./grant.ts";

/** A step of a path that reads in one way alone; a colon would mean another repository of the network. */
const step = String.raw`(?!\.{1,2}(?:/|$))(?:[\w.~!$&'()*+,=@-]|%20|%[89A-Fa-f][0-9A-Fa-f])+`;

export type Lines = readonly { readonly method: string; readonly path: RegExp }[];

export function compileLines(lines: readonly string[]): Lines {
  return lines.map((line) => {
    const space = line.indexOf(" ");
    const source = line
      .slice(space + 1)
      .split(/(\{(?:id|name|path)\})/)
      .map((part) => {
        if (part === "{id}") return String.raw`\d{1,18}`;
        if (part === "{name}") return step;
        return part === "{path}"
          ? `${step}(?:/${step}){0,63}`
          : part.replaceAll(".", String.raw`\.`);
      })
      .join("");
    return { method: line.slice(0, space), path: new RegExp(`^${source}$`) };
  });
}

export function covers(lines: Lines, method: string, path: string): boolean {
  return lines.some((line) => line.method === method && line.path.test(path));
}

/** `owner/name` and what follows, of a path below the API's root. */
export function repositoryPath(
  path: string,
): { readonly repo: string; readonly rest: string } | undefined {
  const [, repo, rest = ""] = /^\/repos\/([\w.-]+\/[\w.-]+)(\/.*)?$/.exec(path) ?? [];
  return repo === undefined ? undefined : { repo, rest };
}

/** `basePath`: where the API begins. */
export function createApiJudge(
  grant: GithubGrant,
  basePath: string,
): (request: Pick<JudgedRequest, "method" | "path">) => Verdict {
  const service = compileLines(serviceTable);
  const repository = compileLines([
    ...grant.words.flatMap((word) => githubTable[word]),
    ...(grant.push.length > 0 ? pushTable : []),
  ]);
  return ({ method: written, path }) => {
    const method = written === "HEAD" ? "GET" : written;
    const asked = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : "";
    if (covers(service, method, asked)) return { ok: true };
    const found = repositoryPath(asked);
    if (found === undefined)
      return githubRefusal(
        "Of the API, only the granted repositories are open, not users, organizations, gists or searches.",
      );
    if (!isGranted(grant, found.repo)) return githubRefusal(notForRepository(grant));
    if (covers(repository, method, found.rest)) return { ok: true };
    return githubRefusal(
      `This request is not among what is granted (can: [${[...grant.words, ...grant.push.map((glob) => `push:${glob}`)].join(", ")}]).`,
    );
  };
}
