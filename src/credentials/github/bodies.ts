/** Judges the bodies of requests to GitHub's REST API: what reaches further than the request's path says. */
import type { Verdict } from "../../gateway/config.ts";
import { compileRefGlob, isRefName } from "../git/ref-name.ts";
import { readJson } from "../presets/json.ts";
import { repositoryPath } from "./api.ts";
import type { GithubGrant } from "./grant.ts";
import { githubRefusal } from "./grant.ts";

type Json = Readonly<Record<string, unknown>>;

/** `path` below the API's root. */
export function createBodyJudge(
  grant: GithubGrant,
): (method: string, path: string, body: Buffer) => Verdict {
  const globs = grant.push.map((glob) => compileRefGlob(glob));
  const refTrouble = (ref: string): string | undefined => {
    const granted = isRefName(ref) && globs.some((matches) => matches(ref));
    return granted
      ? undefined
      : `Only branches that match ${grant.push.join(", ")} may be written.`;
  };
  return (method, path, body) => {
    if (body.length === 0 && method === "DELETE") return { ok: true };
    const read = readJson(body);
    if (!read.ok) return githubRefusal(`The body was refused: ${read.why}.`);
    if (typeof read.value !== "object" || read.value === null || Array.isArray(read.value))
      return githubRefusal("The body was refused: it is no object.");
    const trouble = troubleOf(
      grant,
      refTrouble,
      repositoryPath(path)?.rest ?? "",
      read.value as Json,
    );
    return trouble === undefined ? { ok: true } : githubRefusal(trouble);
  };
}

function troubleOf(
  { words }: GithubGrant,
  refTrouble: (ref: string) => string | undefined,
  rest: string,
  body: Json,
): string | undefined {
  if (/^\/pulls$/.test(rest)) {
    if (body["head_repo"] !== undefined || !/^[^:]+$/.test(String(body["head"])))
      return "A pull request may come from a branch of this repository alone.";
    return undefined;
  }
  if (/\/reviews(?:\/\d+\/events)?$/.test(rest)) {
    const event = body["event"] ?? "COMMENT";
    const approves = event !== "COMMENT" && event !== "REQUEST_CHANGES";
    if (approves && !(event === "APPROVE" && words.includes("merge")))
      return "Approving is not granted (can: [merge]).";
    return undefined;
  }
  if (rest === "/git/refs") return refTrouble(String(body["ref"]));
  const ref = /^\/git\/(refs\/.*)$/.exec(rest)?.[1];
  if (ref !== undefined) {
    if ((body["force"] ?? false) !== false) return "A branch may not be forced.";
    return refTrouble(ref);
  }
  if (rest.startsWith("/contents/"))
    return typeof body["branch"] === "string"
      ? refTrouble(`refs/heads/${body["branch"].replace(/^refs\/heads\//, "")}`)
      : "A change of a file must name its branch.";
  return undefined;
}
