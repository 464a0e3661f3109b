/** Rebuilds an answer's head for the bottle: hop-by-hop fields go, everything else stays byte for byte. */
import { chunked, untilClose } from "./framing.ts";
import type { ResponseHead } from "./response-head.ts";

/** Whether the body goes to the bottle in chunks; a body that ends with its connection does, so that a cut shows. */
export function answersInChunks(head: ResponseHead): boolean {
  return head.framing === chunked || head.framing === untilClose;
}

/** `close`: the connection to the bottle ends after this answer. */
export function responseHeadText(head: ResponseHead, close: boolean): string {
  let text = `HTTP/1.1 ${head.status} ${head.phrase}\r\n`;
  const { names, lowers, values } = head.fields;
  const lengthless = answersInChunks(head) || head.status < 200 || head.status === 204;
  for (let index = 0; index < names.length; index += 1) {
    const lower = lowers[index] as string;
    // Only the gateway itself says that the gateway refused.
    if (head.connection.isHop(lower) || lower === "x-claude-bottle") continue;
    if (lower === "content-length" && lengthless) continue;
    text += `${names[index]}: ${values[index]}\r\n`;
  }
  if (answersInChunks(head)) text += "Transfer-Encoding: chunked\r\n";
  if (close && head.status >= 200) text += "Connection: close\r\n";
  return `${text}\r\n`;
}

/** The head that ends HTTP on a connection: what it switches to is said anew on this hop. */
export function switchedHeadText(head: ResponseHead): string {
  return `${responseHeadText(head, false).slice(0, -2)}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`;
}
