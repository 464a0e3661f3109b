/**
 * The way of a request's body where an engine has a say: nothing is dialled before it allowed the URL, a held body waits for
 * its verdict whole, and of a longer one each part leaves when all that was read up to it, and a little beyond, is allowed.
 */
import type { JudgeContext } from "../config.ts";
import { flows } from "../http/flows.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { Permit } from "../pipeline.ts";
import { gatewayFailed, Refusal } from "../refusal.ts";
import type { RequestBody } from "../request-body.ts";
import type { Services } from "../services.ts";
import { askedUrl } from "./asked-url.ts";
import type { EngineDesk } from "./desk.ts";
import { engineBusy, engineDenied } from "./refusals.ts";
import { openReading } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { overlap } from "./windows.ts";

/** What stops and continues the request's body. */
export interface Flow {
  pause(): void;
  resume(): void;
}

export interface Asking {
  /** For the scan; undefined where the body is none of the engine's business. */
  readonly tap: Reading | undefined;
  /** A judge's own questions wait for the verdict as well: they carry the credential. */
  readonly gated: (context: JudgeContext) => JudgeContext;
  /** `wake` calls `push`, as for an empty part. */
  readonly around: (body: RequestBody, wake: () => void) => RequestBody;
}

/** Bytes that may wait for a verdict before no more are taken. */
const mostWaiting = 2 * 1024 * 1024;

const nothing: Buffer = Buffer.alloc(0);

export function askFirst(
  desk: EngineDesk,
  head: RequestHead,
  permit: Permit,
  { budget }: Pick<Services, "budget">,
  flow: Flow,
): Asking {
  if (head.upgrade !== undefined) throw notShown(desk);
  const own = permit.bound?.credential.readsConversation === true && !desk.readsConversation;
  const tap = own ? undefined : openReading(desk, budget);
  const url = askUrl(desk, askedUrl(permit));
  url.catch(() => undefined);
  return {
    tap,
    gated: (context) => ({
      ...context,
      async ask(question) {
        await url;
        await tap?.settled();
        return context.ask(question);
      },
    }),
    around: (body, wake) => waiting({ desk, body, url, tap, wake, flow, flows: flows(head) }),
  };
}

interface Waiting {
  readonly desk: EngineDesk;
  readonly body: RequestBody;
  readonly url: Promise<void>;
  readonly tap: Reading | undefined;
  readonly wake: () => void;
  readonly flow: Flow;
  readonly flows: boolean;
}

/** What has passed the scan, and how much had been read, of the body and for the engine, when it did. */
interface Part {
  readonly data: Buffer;
  readonly came: number;
  readonly taken: number;
}

function waiting({ desk, body, url, tap, wake, flow, flows: endless }: Waiting): RequestBody {
  let parts: Part[] = [];
  let size = 0;
  let came = 0;
  let urlFault: Error | undefined;
  let urlAllowed = false;
  /** All of the body is here; and all of it is allowed. */
  let whole = false;
  let settled = false;
  let closed = false;
  let paused = false;

  /** What may leave now. */
  const release = (): Buffer => {
    if (!urlAllowed) return nothing;
    const allowed = tap?.allowed ?? Number.POSITIVE_INFINITY;
    const seen = parts.findLast(({ taken }) => taken <= allowed)?.came ?? 0;
    // Both sides of a conversation wait for its parts: nothing of them stays back.
    const margin = endless || settled || tap === undefined ? 0 : overlap;
    const count = parts.findIndex((one) => one.taken > allowed || one.came + margin > seen);
    const out = parts.splice(0, count < 0 ? parts.length : count).map(({ data }) => data);
    const going = Buffer.concat(out);
    size -= going.length;
    return going;
  };
  const stream = (): void => {
    if (urlAllowed && !whole && !body.holding) self.holding = false;
  };
  const progress = (): void => {
    if (closed) return;
    stream();
    wake();
    tap?.ask(progress);
    if (closed || !paused || waitingBytes() > mostWaiting) return;
    paused = false;
    flow.resume();
  };
  const waitingBytes = (): number => size + (tap === undefined ? 0 : tap.taken - tap.allowed);

  const self: { -readonly [Name in keyof RequestBody]: RequestBody[Name] } = {
    framing: body.framing,
    holding: true,
    push(part) {
      const fault = urlFault ?? tap?.fault;
      if (fault !== undefined) throw fault;
      const out = whole ? nothing : body.push(part);
      came += part.length;
      if (out.length > 0) {
        parts.push({ data: out, came, taken: tap?.taken ?? 0 });
        size += out.length;
      }
      if (size > 4 * mostWaiting + 64 * 1024) throw engineBusy(desk.name);
      stream();
      tap?.ask(progress);
      const going = release();
      if (!whole && !body.holding && waitingBytes() > mostWaiting) {
        paused = true;
        flow.pause();
      }
      return going;
    },
    async end() {
      whole = true;
      await url;
      const rest = await body.end();
      self.framing = body.framing;
      await tap?.settled();
      urlAllowed = true;
      settled = true;
      const going = Buffer.concat([release(), rest]);
      self.holding = false;
      if (paused && !closed) flow.resume();
      return going;
    },
    release: () => body.release(),
    abort() {
      closed = true;
      tap?.close();
      parts = [];
      body.abort();
    },
  };
  url.then(
    () => {
      urlAllowed = true;
      progress();
    },
    (error: unknown) => {
      urlFault = error instanceof Error ? error : gatewayFailed();
      progress();
    },
  );
  return self;
}

async function askUrl(desk: EngineDesk, url: string): Promise<void> {
  if (Buffer.byteLength(url) > desk.limits.url)
    throw engineDenied(desk.name, "the URL is longer than it reads");
  await desk.ask({ kind: "url", url });
}

/** Its frames are relayed as they come. */
function notShown({ name }: EngineDesk): Refusal {
  return new Refusal("upgrade-not-supported", `A WebSocket is not shown to ${name}.`, {
    status: 426,
  });
}
