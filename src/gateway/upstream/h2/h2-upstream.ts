/** One request on a stream of an upstream that speaks HTTP/2, and its answer. */
import { endStreamFlag, errorCode } from "../../h2/http2.ts";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { requestHeaders, trailerHeaders } from "../../h2/fields.ts";
import { h2ResponseBytes, h2Trailers } from "../../h2/head-text.ts";
import type { RawHead } from "../../h2/head-text.ts";
import type { Fields } from "../../http/fields.ts";
import { chunked, untilClose } from "../../http/framing.ts";
import { parseResponseHead } from "../../http/response-head.ts";
import type { ResponseHead } from "../../http/response-head.ts";
import type { Limits } from "../../limits.ts";
import { malformed } from "../../refusal.ts";
import type { AnswerListener, OutgoingRequest, UpstreamSide } from "../upstream-side.ts";

export interface H2UpstreamOptions {
  readonly key: string;
  readonly session: ClientHttp2Session;
  readonly limits: Limits;
  /** The session has answered before. */
  readonly reused: boolean;
  /** The stream is over. */
  readonly over: () => void;
}

export class H2Upstream implements UpstreamSide {
  readonly key: string;
  readonly reused: boolean;
  readonly #options: H2UpstreamOptions;
  #stream: ClientHttp2Stream | undefined;
  #listener: AnswerListener | undefined;
  #method = "";
  #bodyless = true;
  #trailers: Fields | undefined;
  #answerTrailers: Fields | undefined;
  /** Bytes of the answer that were promised and have not come; undefined where none were promised. */
  #left: number | undefined;
  /** The request was written to its end. */
  #whole = false;
  #headCame = false;
  #interim = 0;
  #over = false;

  constructor(options: H2UpstreamOptions) {
    this.key = options.key;
    this.reused = options.reused;
    this.#options = options;
  }

  get usable(): boolean {
    const { session } = this.#options;
    return !session.destroyed && !session.closed;
  }

  get taken(): boolean {
    return this.#stream?.writableNeedDrain !== true;
  }

  begin(request: OutgoingRequest, listener: AnswerListener): void {
    this.#listener = listener;
    this.#method = request.head.method;
    this.#bodyless = request.framing === 0;
    const endStream = this.#bodyless;
    let stream: ClientHttp2Stream;
    try {
      stream = this.#options.session.request(requestHeaders(request), {
        endStream,
        waitForTrailers: !endStream,
      });
    } catch {
      // A field that may come once came twice, or the session has just ended; the caller is still beginning.
      queueMicrotask(() => this.#fail("the request cannot be written in HTTP/2", false));
      return;
    }
    this.#stream = stream;
    stream.on("wantTrailers", () => this.#sendTrailers(stream));
    stream.on("headers", (_map, _flags, raw?: RawHead) => this.#head(raw ?? [], false));
    stream.on("response", (_map, flags, raw?: RawHead) =>
      this.#head(raw ?? [], (flags & endStreamFlag) !== 0),
    );
    stream.on("data", (part: Buffer) => this.#data(part));
    stream.on("trailers", (_map, _flags, raw?: RawHead) => this.#tookTrailers(raw ?? []));
    stream.on("end", () => this.#end(stream));
    stream.on("drain", () => this.#listener?.onDrain());
    stream.on("error", () => undefined);
    stream.on("close", () => {
      this.#fail(
        this.#headCame ? "it ended the stream" : `it reset the stream (${stream.rstCode ?? 0})`,
        stream.rstCode === errorCode.refused,
      );
    });
  }

  data(part: Buffer): boolean {
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed || stream.writableEnded) return true;
    return stream.write(part);
  }

  end(trailers: Fields | undefined): void {
    this.#trailers = trailers;
    this.#whole = true;
    if (!this.#bodyless) this.#stream?.end();
  }

  cork(): void {
    // Frames are gathered by the session.
  }

  uncork(): void {
    // As above.
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** The session stays for others. */
  rest(): void {
    this.#finish();
  }

  destroy(): void {
    this.#listener = undefined;
    this.#finish();
    this.#stream?.close(errorCode.cancel);
  }

  /** Node ends a stream before it resets it; a body that waits for trailers has no end before they are sent. */
  #sendTrailers(stream: ClientHttp2Stream): void {
    if (!this.#whole) return;
    try {
      stream.sendTrailers(trailerHeaders(this.#trailers));
    } catch {
      stream.close(errorCode.cancel);
    }
  }

  #head(raw: RawHead, ended: boolean): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    try {
      const { limits } = this.#options;
      const bytes = listener.scrubHead(h2ResponseBytes(raw));
      const head = parseResponseHead(bytes, this.#method, limits.fields);
      if (head.status < 200) {
        this.#interim += 1;
        if (head.status === 101 || this.#interim > limits.interim)
          throw malformed("it has an interim answer that none asked for");
        return listener.onHead(head);
      }
      this.#headCame = true;
      const framed = asFramed(head, ended, this.#method);
      this.#left = framed.framing > 0 ? framed.framing : undefined;
      listener.onHead(framed);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : "its answer cannot be read", false);
    }
  }

  #data(part: Buffer): void {
    if (this.#left !== undefined) {
      this.#left -= part.length;
      if (this.#left < 0) return this.#fail("its answer is longer than its length", false);
    }
    this.#listener?.onData(part);
  }

  #tookTrailers(raw: RawHead): void {
    try {
      this.#answerTrailers = h2Trailers(raw, this.#options.limits.fields);
    } catch {
      this.#fail("its trailers cannot be read", false);
    }
  }

  #end(stream: ClientHttp2Stream): void {
    // A stream that was reset ends as well. (One reset without an error before its end cannot be told from one that ended.)
    if ((stream.rstCode ?? 0) !== 0 || !this.#headCame) return;
    if ((this.#left ?? 0) > 0) return this.#fail("its answer is shorter than its length", false);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(true, this.#answerTrailers);
  }

  #fail(reason: string, unprocessed: boolean): void {
    const listener = this.#listener;
    this.destroy();
    listener?.onFailed(reason, unprocessed);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.over();
  }
}

/** The body's end is the stream's: what HTTP/1.1 leaves to the connection is of unknown length here. */
function asFramed(head: ResponseHead, ended: boolean, method: string): ResponseHead {
  if (head.framing === untilClose && !ended) return { ...head, framing: chunked };
  if (!ended || head.framing === 0) return head;
  if (head.framing > 0) throw malformed("its answer is shorter than its length");
  const { fields } = head;
  // Without it a bottle of HTTP/1.1 would wait for a body.
  if (method !== "HEAD") fields.add("content-length", "0");
  return { ...head, framing: 0 };
}
