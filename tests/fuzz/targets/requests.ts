/** A connection's bytes as requests: whatever we accept, Node's parser reads the same, one after the other. */
import { METHODS } from "node:http";
import { defaultLimits } from "../../../src/gateway/limits.ts";
import { parseRequestHead } from "../../../src/gateway/http/request-head.ts";
import type { RequestHead } from "../../../src/gateway/http/request-head.ts";
import { upstreamHead } from "../../../src/gateway/inject.ts";
import { Refusal } from "../../../src/gateway/refusal.ts";
import { RequestStream } from "../../../src/gateway/request-stream.ts";
import { parseWithNode } from "../llhttp.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

interface Read {
  readonly head: RequestHead;
  body: string;
  whole: boolean;
}

/** Requests until the bytes end or are refused, fed in parts. */
function readAll(input: Buffer, step: number): readonly Read[] {
  const requests: Read[] = [];
  const stream: RequestStream = new RequestStream(
    {
      onHead(bytes) {
        const head = parseRequestHead(bytes, defaultLimits.fields);
        requests.push({ head, body: "", whole: head.framing === 0 });
        stream.body(head.framing);
        if (head.framing === 0) stream.next();
      },
      onBody(part) {
        const last = requests.at(-1);
        if (last !== undefined) last.body += part.toString("latin1");
      },
      onBodyEnd() {
        const last = requests.at(-1);
        if (last !== undefined) last.whole = true;
        stream.next();
      },
      onDrained: () => undefined,
      onAhead: () => undefined,
      onFault(error) {
        hold(error instanceof Refusal, `threw ${String(error)}`);
        stream.stop();
      },
    },
    defaultLimits,
  );
  for (let at = 0; at < input.length; at += step) stream.push(input.subarray(at, at + step));
  return requests;
}

export const requestsTarget: FuzzTarget = {
  name: "requests",
  words: [
    "GET / HTTP/1.1\r\n",
    "Host: a\r\n",
    "\r\n",
    "\r\n\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "0\r\n\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    "HTTP/1.0",
    "Connection: close\r\n",
    "\x0b",
    "Expect: 100-continue\r\n",
    "Upgrade: websocket\r\n",
  ],
  run(input) {
    const requests = readAll(input, input.length);
    const cut = readAll(input, 3);
    hold(cut.length === requests.length, "cut otherwise there are more or fewer requests");
    const messages = parseWithNode(input, "request");
    for (const [index, { head, body, whole }] of requests.entries()) {
      // Methods that Node does not know, and what ends its reading of HTTP.
      if (!METHODS.includes(head.method) || head.method === "CONNECT" || head.upgrade !== undefined)
        return;
      // What the doors refuse, whatever it is.
      if (!/^(?:\/|http:\/\/[\w.-]+\/)/.test(head.target)) return;
      const message = messages[index];
      if (message === undefined) return hold(false, "Node refuses it");
      hold(message.method === head.method && message.target === head.target, "another line");
      const fields = head.fields.names.flatMap((name, at) => [
        name,
        head.fields.values[at] as string,
      ]);
      hold(
        JSON.stringify(message.fields) === JSON.stringify(fields),
        `Node reads ${JSON.stringify(message.fields)}`,
      );
      hold(
        !whole || (message.whole && message.body === body),
        `Node reads the body ${JSON.stringify(message.body)}`,
      );
      again(head);
      // Node reads nothing behind it; we answer it and read nothing either.
      if (!head.keepAlive) return;
    }
  },
};

/** What goes out is read as what came in. */
function again(head: RequestHead): void {
  const authority = { scheme: "http", host: "a", port: 80 } as const;
  const text = upstreamHead({
    head,
    authority,
    target: "/x",
    framing: head.framing,
    injection: undefined,
    upgrade: false,
  });
  const [message, more] = parseWithNode(Buffer.from(text, "latin1"), "request");
  hold(message !== undefined && more === undefined, "what goes out is not one request");
  hold(message?.method === head.method && message.target === "/x", "another request goes out");
}
