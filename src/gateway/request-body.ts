/**
 * The way of a request's body: held whole and judged before the dial, or, where it is too long for that and needs no
 * judge, on behind the scan's window.
 */
import type { BodyScan } from "./body-scan.ts";
import { createBodyWatch } from "./body-watch.ts";
import type { BodyJudge, JudgeContext } from "./config.ts";
import { createGrpcScan } from "./grpc-scan.ts";
import { codingsOf } from "./http/coding.ts";
import { isEncoded, mayBeJson } from "./http/content-encoding.ts";
import { flows } from "./http/flows.ts";
import type { Framing } from "./http/framing.ts";
import type { RequestHead } from "./http/request-head.ts";
import { askFirst } from "./engine/ask-first.ts";
import type { Flow } from "./engine/ask-first.ts";
import { findWithin } from "./find-within.ts";
import { createHold } from "./hold.ts";
import type { Hold } from "./hold.ts";
import { createMessageScan } from "./message-scan.ts";
import { pathOf, queryOf } from "./path.ts";
import { refusalOf } from "./pipeline.ts";
import type { Permit } from "./pipeline.ts";
import type { Pace } from "./pace.ts";
import { bodyTooSlow, gatewayFailed, malformed, Refusal } from "./refusal.ts";
import type { Services } from "./services.ts";

export interface RequestBody {
  /** The framing with which it goes out; a held body's length is known. */
  readonly framing: Framing;
  /** Nothing goes out until `end`. */
  readonly holding: boolean;
  /** What may go out now; throws a Refusal. */
  push(part: Buffer): Buffer;
  /** What is left to go out; throws or rejects with a Refusal. A promise where a judge must ask. */
  end(): Buffer | Promise<Buffer>;
  /** Gives back the room of what was held: it has gone out, or never will. */
  release(): void;
  /** Nobody waits for anything of it any more. */
  abort(): void;
}

const nothing: Buffer = Buffer.alloc(0);

/** Most requests have none. */
const noBody: RequestBody = {
  framing: 0,
  holding: false,
  push() {
    throw tooLong();
  },
  end: () => nothing,
  release: () => undefined,
  abort: () => undefined,
};

/** `late`: a held body comes too slowly, or an engine has said something; it calls `push`, as for a part. */
export function createRequestBody(
  head: RequestHead,
  permit: Permit,
  services: Pick<Services, "limits" | "budget" | "paces" | "engine">,
  context: JudgeContext | undefined,
  late: () => void,
  flow: Flow,
): RequestBody {
  const { engine } = services;
  if (engine === undefined) return bodyOf(head, permit, services, context, late);
  const { tap, gated, around } = askFirst(engine, head, permit, services, flow);
  const shown = { ...permit, looks: { ...permit.looks, tap } };
  const body = bodyOf(head, shown, services, context && gated(context), late);
  return around(body, late);
}

function bodyOf(
  head: RequestHead,
  permit: Permit,
  services: Pick<Services, "limits" | "budget" | "paces">,
  context: JudgeContext | undefined,
  late: () => void,
): RequestBody {
  const { limits, budget } = services;
  const { looks, judge } = permit;
  if (head.framing === 0 && judge === undefined) return noBody;
  const searches = judge?.searches === true;
  const watch =
    head.framing === 0 || searches
      ? undefined
      : createBodyWatch(looks, codingsOf(head.fields), limits);
  const judging: JudgeContext | undefined =
    searches && context !== undefined
      ? { ...context, find: (data) => context.find(data) ?? findWithin(data, looks, limits) }
      : context;
  if (judge !== undefined && judging === undefined) throw gatewayFailed();
  const limit = judge?.limit ?? limits.held;
  const { framing } = head;
  let hold: Hold | undefined;
  let pace: Pace | undefined;
  let isLate = false;
  let scan: BodyScan | undefined;
  let came = 0;

  if (judge?.media === "json" && framing !== 0) refuseUnreadable(head);
  if (judge !== undefined && framing > limit) throw tooLarge();
  const messages =
    judge === undefined && flows(head) ? createMessageScan(looks, limits) : undefined;
  const holding =
    judge !== undefined ||
    (watch !== undefined && messages === undefined && framing <= limits.held);
  if (holding) {
    hold = createHold(limit, budget, framing > 0 ? framing : undefined);
    pace = services.paces.begin(() => {
      isLate = true;
      late();
    });
  }
  scan = messages === undefined ? watch?.open(holding) : createGrpcScan(messages);

  /** The last part of a body whose length is known ends the scan: it is looked at once. */
  const look = (part: Buffer): Buffer => {
    const last = came === framing;
    const out = scan === undefined ? part : last ? scan.end(part) : scan.push(part);
    if (last) scan = undefined;
    return out;
  };
  const passed = (body: Buffer): Buffer => {
    if (head.framing !== 0) self.framing = body.length;
    return body;
  };

  // No getters: each object would have a hidden class of its own (body-reader.ts).
  const self: { -readonly [Name in keyof RequestBody]: RequestBody[Name] } = {
    framing,
    holding,
    push(part) {
      came += part.length;
      if (framing > 0 && came > framing) throw tooLong();
      if (!self.holding || hold === undefined) return look(part);
      const added = isLate ? "late" : hold.add(part);
      if (added === "added") {
        pace?.came(part.length);
        look(part);
        return nothing;
      }
      pace?.end();
      if (judge !== undefined) throw troubles[added]();
      // It does not fit, or comes slowly: on behind the window.
      scan = watch?.open(false);
      const before = hold.bytes();
      self.holding = false;
      return Buffer.concat([before, part].map((one) => scan?.push(one) ?? one));
    },
    end() {
      if (!self.holding || hold === undefined) return scan?.end() ?? nothing;
      pace?.end();
      const body = hold.bytes();
      self.holding = false;
      scan?.end();
      const judged =
        judge === undefined || judging === undefined
          ? undefined
          : judgeBody(judge, head, permit, body, judging);
      return judged === undefined ? passed(body) : judged.then(() => passed(body));
    },
    release() {
      pace?.end();
      self.holding = false;
      hold?.release();
      hold = undefined;
    },
    abort: () => self.release(),
  };
  return self;
}

/** Throws or rejects with a Refusal. */
function judgeBody(
  judge: BodyJudge,
  { method, fields }: RequestHead,
  { target }: Permit,
  body: Buffer,
  context: JudgeContext,
): Promise<void> | undefined {
  const path = pathOf(target);
  const query = queryOf(target);
  const verdict = judge.judge({ method, path, query, fields, body }, context);
  if (verdict instanceof Promise)
    return verdict.then((late) => {
      if (!late.ok) throw refusalOf(late);
    });
  if (!verdict.ok) throw refusalOf(verdict);
  return undefined;
}

/** What cannot be read cannot be judged. */
function refuseUnreadable({ fields }: RequestHead): void {
  if (isEncoded(fields))
    throw new Refusal("unreadable-body", "A body for this host must not be compressed.");
  if (!mayBeJson(fields))
    throw new Refusal("unreadable-body", "A body for this host must be application/json in UTF-8.");
}

/** Whoever reads bodies ends them there: nothing of it would have been looked at. */
function tooLong(): Refusal {
  return malformed("its body is longer than it says");
}

function tooLarge(): Refusal {
  return new Refusal("body-too-large-to-judge", "The body is too large to be judged.");
}

function busy(): Refusal {
  return new Refusal("gateway-busy", "The gateway holds too many bodies at once; try again.", {
    status: 503,
  });
}

/** What is said where a body that must be judged cannot be held. */
const troubles = { "too-long": tooLarge, "no-room": busy, late: bodyTooSlow } as const;
