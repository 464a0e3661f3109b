/** Judges a push by its refs and by what is in it, before a byte of it goes to the server. */
import type { JudgeContext, Verdict } from "../../gateway/config.ts";
import type { Advertisement } from "./advertisement.ts";
import { walkTo } from "./ancestry.ts";
import type { History } from "./ancestry.ts";
import { parentsOf } from "./commit.ts";
import { isZero } from "./object-id.ts";
import type { ObjectType } from "./object-id.ts";
import { readPack } from "./pack.ts";
import { GitFormatError } from "./pkt-line.ts";
import { pushRefused, textRefused } from "./push-answer.ts";
import { readPushRequest } from "./push-request.ts";
import type { PushRequest, RefCommand } from "./push-request.ts";
import { compileRefGlob } from "./ref-name.ts";
import { askCommits, askRefs, Unknown } from "./upstream-refs.ts";

export interface PushRules {
  /** Globs of branch names: `agent/**`. */
  readonly branches: readonly string[];
  /** Bytes of the request. */
  readonly maxPush: number;
}

export interface Push extends JudgeContext {
  /** The path of the repository's URL. */
  readonly repository: string;
  readonly body: Buffer;
}

/** Refs of one push whose history the server is asked for. */
const mostAsked = 8;

/** Why refs were refused; nothing of the push goes on. */
class PushRefusal extends Error {
  readonly code: string;
  readonly reasons: ReadonlyMap<string, string>;

  constructor(code: string, reasons: ReadonlyMap<string, string>) {
    super([...reasons.values()][0] ?? code);
    this.name = "PushRefusal";
    this.code = code;
    this.reasons = reasons;
  }
}

export async function judgePush(rules: PushRules, push: Push): Promise<Verdict> {
  let request: PushRequest | undefined;
  try {
    request = readPushRequest(push.body);
  } catch (error) {
    if (error instanceof GitFormatError)
      return unreadable(`The push was refused: ${error.message}.`);
    throw error;
  }
  if (request === undefined) return { ok: true };
  const { capabilities } = request;
  if (!capabilities.has("report-status") && !capabilities.has("report-status-v2"))
    return unreadable("The push was refused: it asks for no report.");
  try {
    await judge(rules, push, request);
    return { ok: true };
  } catch (error) {
    const { code, reasons } = refusalOf(error, request);
    const [ref = "", reason = ""] = [...reasons][0] ?? [];
    return {
      ok: false,
      code,
      message: `The push was refused: ${reason}.`,
      reason: `${ref}: ${reason}`,
      answer: pushRefused(request, reasons),
    };
  }
}

/** Without a readable list of refs there is none to say no to. */
function unreadable(message: string): Verdict {
  return { ok: false, code: "push-unreadable", message, answer: textRefused(message) };
}

function refusalOf(
  error: unknown,
  { commands }: PushRequest,
): Pick<PushRefusal, "code" | "reasons"> {
  if (error instanceof PushRefusal) return error;
  const all = (reason: string): ReadonlyMap<string, string> =>
    new Map(commands.map(({ ref }) => [ref, reason]));
  if (error instanceof GitFormatError)
    return { code: "push-unreadable", reasons: all(`the pack was refused: ${error.message}`) };
  if (error instanceof Unknown)
    return { code: "push-unproven", reasons: all(`no proof of a fast-forward: ${error.message}`) };
  return { code: "push-unproven", reasons: all("the server could not be asked about its refs") };
}

async function judge(rules: PushRules, push: Push, request: PushRequest): Promise<void> {
  const { commands, format, pack } = request;
  refuse("push-ref", commands, refRule(rules));
  // Names of refs and the agent's own word for itself reach the server, too.
  const told = push.find(push.body.subarray(0, push.body.length - pack.length));
  if (told !== undefined)
    refuse("blocked-value", commands, () => `it names ${told}, which may not leave`);
  if (push.body.length > rules.maxPush)
    refuse(
      "push-too-large",
      commands,
      () => `it is larger than ${sizeOf(rules.maxPush)} (maxPush)`,
    );
  const sent = await readSent(push, request, pack);
  const server = await askRefs(push.ask, push.repository);
  if (server.format !== format) throw new Unknown("the server's object format is another");
  refuse("push-stale", commands, ({ ref, old }) => {
    const value = server.refs.get(ref);
    if (value === undefined)
      return isZero(old) ? undefined : "the server has no such branch: fetch first";
    return value === old ? undefined : "the branch is elsewhere on the server by now: fetch first";
  });
  const history = await completed(push, request, server, sent);
  refuse("push-not-fast-forward", commands, ({ old, new: next }) => {
    if (isZero(old))
      return history.has(next) ? undefined : "its value is no commit that the server has";
    if (history.has(next) && walkTo(old, [next], history).found) return undefined;
    return "not a fast-forward: the branch's commits would be lost";
  });
}

/** Pushing without any is not granted; deleting, tags and all that is no branch never are. */
function refRule({ branches }: PushRules): (command: RefCommand) => string | undefined {
  const globs = branches.map((glob) => compileRefGlob(glob));
  const granted =
    branches.length === 0
      ? "no branch may be pushed"
      : `only branches that match ${branches.join(", ")} may be pushed`;
  return ({ ref, new: next }) => {
    if (isZero(next)) return "a ref may not be deleted";
    return globs.some((matches) => matches(ref)) ? undefined : granted;
  };
}

function refuse(
  code: string,
  commands: readonly RefCommand[],
  why: (command: RefCommand) => string | undefined,
): void {
  const reasons = new Map<string, string>();
  for (const command of commands) {
    const reason = why(command);
    if (reason !== undefined) reasons.set(command.ref, reason);
  }
  if (reasons.size > 0) throw new PushRefusal(code, reasons);
}

const places: Readonly<Record<Exclude<ObjectType, "tag">, string>> = {
  blob: "a file in it holds",
  tree: "a file name in it holds",
  commit: "a commit in it holds",
};

/** Every new object is looked at; returns the commits. */
async function readSent(
  { find }: Push,
  { commands, format }: PushRequest,
  pack: Buffer,
): Promise<History> {
  const history = new Map<string, readonly string[]>();
  await readPack(pack, format, ({ id, type, data }) => {
    if (type === "tag") throw new GitFormatError("it holds a tag");
    const found = find(data);
    if (found !== undefined)
      refuse("blocked-value", commands, () => `${places[type]} ${found}, which may not leave`);
    if (type === "commit") history.set(id, parentsOf(data, format));
  });
  return history;
}

/** With what the server knows, where the pack alone proves too little. */
async function completed(
  { ask, repository }: Push,
  { commands, format }: PushRequest,
  server: Advertisement,
  sent: History,
): Promise<History> {
  const open = commands.filter(({ old, new: next }) => {
    if (isZero(old)) return !sent.has(next);
    return !walkTo(old, [next], sent).found;
  });
  if (open.length > mostAsked) throw new Unknown("too many refs to ask the server about");
  const history = new Map(sent);
  const branches = new Set(
    [...server.refs].filter(([name]) => name.startsWith("refs/heads/")).map(([, id]) => id),
  );
  for (const { old, new: next } of open) {
    if (isZero(old)) {
      // What a branch of the server stands at is a commit; of anything else the server sends that one, if it has it.
      const known: History = branches.has(next)
        ? new Map([[next, []]])
        : await askCommits({ ask, repository, format, wants: [next], have: undefined });
      if (known.has(next)) history.set(next, known.get(next) ?? []);
      continue;
    }
    const { beyond } = walkTo(old, [next], sent);
    const known = await askCommits({ ask, repository, format, wants: beyond, have: old });
    for (const [id, parents] of known) history.set(id, parents);
  }
  return history;
}

function sizeOf(bytes: number): string {
  return bytes % (1024 * 1024) === 0 ? `${bytes / (1024 * 1024)} MiB` : `${bytes} bytes`;
}
