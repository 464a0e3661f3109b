/** How the scripted model answers: a turn as a stream or as one message, or a fault. */
import type { ServerResponse } from "node:http";
import { eventText, jsonMessage, streamEvents } from "./message.ts";
import type { MessageHead } from "./message.ts";
import { apiError } from "./request.ts";
import type { ApiError } from "./request.ts";
import type { Fault, Turn } from "./turns.ts";

/** An error in the API's own dialect (Messages API reference, "Errors"). */
export function sendError(
  response: ServerResponse,
  error: ApiError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify({
    type: "error",
    error: { type: error.type, message: error.message },
    request_id: "req_scripted",
  });
  response.writeHead(error.status, { "content-type": "application/json", ...headers }).end(body);
}

/** The turn in the form the request asked for. */
export async function answerTurn(
  response: ServerResponse,
  turn: Turn,
  head: MessageHead,
  stream: boolean,
  beforeEvent?: (index: number) => Promise<void>,
): Promise<void> {
  if (!stream) {
    const body = JSON.stringify(jsonMessage(turn, head));
    response.writeHead(200, { "content-type": "application/json" }).end(body);
    return;
  }
  openStream(response);
  for (const [index, event] of streamEvents(turn, head).entries()) {
    if (beforeEvent !== undefined) await beforeEvent(index);
    response.write(eventText(event));
  }
  response.end();
}

/** The next request goes wrong as the script says. */
export function answerFault(
  response: ServerResponse,
  fault: Fault,
  turn: Turn,
  head: MessageHead,
): Promise<void> | void {
  if (fault.kind === "status") {
    const message = fault.message ?? `scripted ${fault.status}`;
    return sendError(response, apiError(fault.status, message), fault.headers);
  }
  openStream(response);
  if (fault.kind === "error-event") {
    const error = { type: "overloaded_error", message: "scripted error event" };
    response.end(eventText({ type: "error", error }));
    return;
  }
  const events = streamEvents(turn, head).slice(0, fault.afterEvents);
  return new Promise((resolve) => {
    // The part must have left before the cut: destroy only when it is written.
    response.write(events.map(eventText).join(""), () => {
      response.socket?.destroy();
      resolve();
    });
  });
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
  response.flushHeaders();
}
