/** A question of the gateway's own to an authority, with the bottle's credential: what a judge must know that the request does not tell. */
import type { Answered, Ask, JudgeContext, Question } from "./config.ts";
import { isEncoded } from "./http/content-encoding.ts";
import { parseRequestHead } from "./http/request-head.ts";
import type { ResponseHead } from "./http/response-head.ts";
import type { Permit } from "./pipeline.ts";
import { injectedTarget } from "./inject.ts";
import type { Services } from "./services.ts";
import type { AnswerListener, UpstreamSide } from "./upstream/upstream-side.ts";

/** Milliseconds without a byte. */
const patienceMs = 30_000;

/** What a judge gets, and how its questions end. */
export interface Judging extends JudgeContext {
  abort(): void;
}

/** Undefined where nobody judges, which is most requests. */
export function openJudging(
  permit: Permit,
  services: Pick<Services, "opener" | "limits" | "everything">,
): Judging | undefined {
  if (permit.judge === undefined) return undefined;
  let asking: AbortController | undefined;
  return {
    ask(question) {
      asking ??= new AbortController();
      return createAsk(permit, services, asking.signal)(question);
    },
    find: (data) => services.everything.find(data),
    abort: () => asking?.abort(),
  };
}

/** The signal ends a question that nobody waits for any more. */
function createAsk(
  permit: Pick<Permit, "bound" | "routed">,
  services: Pick<Services, "opener" | "limits">,
  signal: AbortSignal,
): Ask {
  return async (question) => {
    const { authority, key } = permit.routed;
    const { bound } = permit;
    const lines = [
      `${question.method} ${question.target} HTTP/1.1`,
      "host: x",
      ...question.fields.map(([name, value]) => `${name}: ${value}`),
      ...(question.body === undefined ? [] : [`content-length: ${question.body.length}`]),
    ];
    const head = parseRequestHead(
      Buffer.from(lines.join("\r\n"), "latin1"),
      services.limits.fields,
    );
    const upstream = await services.opener.open(authority, key, false);
    if (signal.aborted) {
      upstream.destroy();
      throw new Error("nobody waits for the answer");
    }
    const answered = listen(upstream, question, signal);
    upstream.cork();
    upstream.begin(
      {
        head,
        authority,
        target: injectedTarget(question.target, bound?.credential.query),
        framing: head.framing,
        injection: bound?.injection,
        upgrade: false,
      },
      answered.listener,
    );
    if (question.body !== undefined) upstream.data(question.body);
    upstream.end(undefined);
    upstream.uncork();
    return answered.result;
  };
}

function listen(
  upstream: UpstreamSide,
  question: Question,
  signal: AbortSignal,
): { readonly listener: AnswerListener; readonly result: Promise<Answered> } {
  let resolve: (answered: Answered) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const result = new Promise<Answered>((taken, refused) => {
    resolve = taken;
    reject = refused;
  });
  const parts: Buffer[] = [];
  let size = 0;
  let head: ResponseHead | undefined;
  let timer: NodeJS.Timeout | undefined;
  const over = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", aborted);
  };
  const fail = (reason: string): void => {
    over();
    upstream.destroy();
    reject(new Error(reason));
  };
  const aborted = (): void => fail("nobody waits for the answer");
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => fail("it did not answer in time"), patienceMs);
  };
  signal.addEventListener("abort", aborted);
  wait();
  return {
    result,
    listener: {
      // Only a judge reads it, which hands on a verdict of its own words.
      scrubHead: (bytes) => bytes,
      onHead(came) {
        if (came.status < 200) return;
        head = came;
        if (isEncoded(came.fields)) fail("its answer is encoded");
      },
      onSwitch: (_head, socket) => void socket.destroy(),
      onData(part) {
        wait();
        size += part.length;
        if (size > question.limit) return fail("its answer is too long");
        parts.push(Buffer.from(part));
      },
      onEnd(reusable) {
        over();
        if (reusable) upstream.rest();
        else upstream.destroy();
        if (head === undefined) return reject(new Error("it gave no answer"));
        resolve({ status: head.status, fields: head.fields, body: Buffer.concat(parts) });
      },
      onFailed: fail,
      onDrain: () => undefined,
    },
  };
}
