/** An upstream's answer head: whatever we accept, Node's parser reads the same, and what we hand on is one head. */
import { findHeadEnd } from "../../../src/gateway/http/head-end.ts";
import { parseResponseHead } from "../../../src/gateway/http/response-head.ts";
import { responseHeadText } from "../../../src/gateway/http/write-response.ts";
import { Refusal } from "../../../src/gateway/refusal.ts";
import { parseWithNode } from "../llhttp.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

export const responseHeadTarget: FuzzTarget = {
  name: "response-head",
  words: [
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0",
    "HTTP/1.1 100\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    " ",
    "204",
    "Connection: keep-alive\r\n",
    "x-claude-bottle: a\r\n",
    "Connection: x\r\n",
  ],
  run(input) {
    let head;
    let end = -1;
    try {
      end = findHeadEnd(input, 64 * 1024);
      if (end < 0) return;
      head = parseResponseHead(input.subarray(0, end), "GET", 200);
    } catch (error) {
      hold(error instanceof Refusal, `threw ${String(error)}`);
      return;
    }
    const [message] = parseWithNode(input.subarray(0, end + 4), "answer");
    if (message === undefined) return hold(false, "Node refuses it");
    hold(message.status === head.status, `Node reads the status ${message.status}`);
    const fields = head.fields.names.flatMap((name, at) => [
      name,
      head.fields.values[at] as string,
    ]);
    hold(
      JSON.stringify(message.fields) === JSON.stringify(fields),
      `Node reads ${JSON.stringify(message.fields)}`,
    );
    const text = responseHeadText(head, false);
    hold(text.indexOf("\r\n\r\n") === text.length - 4, "what is handed on is more than a head");
    hold(!/^x-claude-bottle:/im.test(text), "it pretends to be a refusal");
    const [handed, more] = parseWithNode(Buffer.from(text, "latin1"), "answer");
    hold(
      handed?.status === head.status && more === undefined,
      "what is handed on is not one answer",
    );
  },
};
