/** Which requests are git's, over smart HTTP alone (gitprotocol-http(5)), and which of them a grant covers. */
import type { JudgedRequest, Verdict } from "../../gateway/config.ts";
import type { GitGrant } from "./grant.ts";
import { lfsRefusal } from "./lfs.ts";
import { textRefused } from "./push-answer.ts";

/** A path of a repository: where git's own begin. */
export interface GitPath {
  /** As the manifest calls it. */
  readonly repo: string;
  /** The path of its URL, as it was asked for. */
  readonly repository: string;
  /** What follows it, without the slash: `info/refs`. */
  readonly rest: string;
}

const ends = [
  "info/refs",
  "git-upload-pack",
  "git-receive-pack",
  "HEAD",
  "objects/.+",
  "git-upload-archive",
  "info/lfs(?:/.*)?",
].join("|");

/** Undefined for what is no path of git's. No percent sign is read: names of repositories have no need of one. */
export function gitPath(basePath: string, path: string): GitPath | undefined {
  if (!path.startsWith(`${basePath}/`)) return undefined;
  const [, name, rest] =
    new RegExp(`^/((?:[\\w.~-]+/)*?[\\w.~-]+?)(?:\\.git)?/(${ends})$`).exec(
      path.slice(basePath.length),
    ) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  return { repo: name, repository: path.slice(0, -rest.length - 1), rest };
}

/** What a client of git shows: its own text (git's remote-curl prints a text/plain body behind `remote:`). */
export function gitRefusal(message: string): Verdict {
  return { ok: false, code: "credential-rule", message, answer: textRefused(message) };
}

/** Says whether a request of git's may go on; undefined where it is not git's. */
export function judgeGitHead(grant: GitGrant, request: JudgedRequest): Verdict | undefined {
  const found = gitPath(grant.basePath, request.path);
  if (found === undefined) return undefined;
  if (!grant.repos.includes(found.repo))
    return gitRefusal(`The credential is not for this repository, but for ${named(grant.repos)}.`);
  const isLfs = found.rest.startsWith("info/lfs");
  const why = isLfs
    ? lfsTrouble(grant, request, found.rest.slice("info/lfs".length))
    : refusalOf(grant, request, found.rest);
  if (why === undefined) return { ok: true };
  return isLfs ? lfsRefusal(why) : gitRefusal(why);
}

function named(repos: readonly string[]): string {
  return repos.length > 3 ? `${repos.slice(0, 3).join(", ")} and others` : repos.join(", ");
}

const noRead = "Reading by git is not granted (can: [read]).";
const noPush = 'Pushing is not granted (can: ["push:BRANCHES"]).';
const dumb = "Only git's smart protocol is spoken here: update git, or ask for what it offers.";

function refusalOf(grant: GitGrant, request: JudgedRequest, rest: string): string | undefined {
  const { method, query } = request;
  if (rest === "info/refs") {
    if (method !== "GET") return dumb;
    if (query === "?service=git-upload-pack") return grant.read ? undefined : noRead;
    if (query === "?service=git-receive-pack") return grant.push.length > 0 ? undefined : noPush;
    return dumb;
  }
  if (rest === "git-upload-pack") {
    if (!isCall(request, "git-upload-pack")) return dumb;
    return grant.read ? undefined : noRead;
  }
  if (rest === "git-receive-pack") {
    if (!isCall(request, "git-receive-pack")) return dumb;
    // git compresses no push; what is compressed cannot be judged.
    if (request.fields.first("content-encoding") !== undefined)
      return "A compressed push cannot be judged.";
    return grant.push.length > 0 ? undefined : noPush;
  }
  return dumb;
}

function isCall({ method, query, fields }: JudgedRequest, service: string): boolean {
  const types = fields.values.filter((_value, index) => fields.lowers[index] === "content-type");
  return (
    method === "POST" &&
    query === "" &&
    types.length === 1 &&
    types[0] === `application/x-${service}-request`
  );
}

const oid = "[0-9a-f]{64}";

/** Batches are judged by what they ask for; transfers by their method (git-lfs: docs/api/basic-transfers.md). */
function lfsTrouble(
  { lfs }: GitGrant,
  { method, query }: JudgedRequest,
  rest: string,
): string | undefined {
  if (lfs === "none") return "Large files are not granted (lfs: read, or lfs: write).";
  const asked = `${method} ${rest}${query}`;
  if (asked === "POST /objects/batch") return undefined;
  if (new RegExp(`^GET /objects/${oid}(?:/[\\w.-]+)?$`).test(asked)) return undefined;
  const writes = new RegExp(`^(?:PUT /objects/${oid}(?:/\\d+)?|POST /(?:verify|locks/verify))$`);
  if (!writes.test(asked)) return "This request of git-lfs is not granted.";
  return lfs === "write" ? undefined : "Large files may be read alone (lfs: read).";
}
