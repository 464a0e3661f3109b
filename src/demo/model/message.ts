/** A turn in the two forms of the Messages API: one JSON message, or the events of a stream. */
import type { Turn } from "./turns.ts";

/** `event:` name and `data:` object of one server-sent event. */
export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface MessageHead {
  readonly id: string;
  readonly model: string;
  readonly inputTokens: number;
}

const outputTokens = 12;

/** The answer to a request without `stream` (Messages API reference, "Create a Message"). */
export function jsonMessage(turn: Turn, head: MessageHead): object {
  return {
    ...emptyMessage(head),
    content: [contentBlock(turn, head.id, true)],
    stop_reason: stopReason(turn),
    usage: { input_tokens: head.inputTokens, output_tokens: outputTokens },
  };
}

/** The answer as a stream (Messages API reference, "Streaming Messages"): one content block in two deltas. */
export function streamEvents(turn: Turn, head: MessageHead): readonly StreamEvent[] {
  return [
    { type: "message_start", message: emptyMessage(head) },
    { type: "content_block_start", index: 0, content_block: contentBlock(turn, head.id, false) },
    { type: "ping" },
    ...deltas(turn).map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: stopReason(turn), stop_sequence: null },
      usage: { output_tokens: outputTokens },
    },
    { type: "message_stop" },
  ];
}

/** The bytes of one event. */
export function eventText(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function emptyMessage(head: MessageHead): object {
  return {
    id: head.id,
    type: "message",
    role: "assistant",
    model: head.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: head.inputTokens, output_tokens: 1 },
  };
}

/** The block itself; a stream starts with it empty and fills it by deltas. */
function contentBlock(turn: Turn, id: string, filled: boolean): object {
  if (turn.kind === "text") return { type: "text", text: filled ? turn.text : "" };
  const input = filled ? bashInput(turn.command) : {};
  return { type: "tool_use", id: id.replace(/^msg_/, "toolu_"), name: "Bash", input };
}

function bashInput(command: string): object {
  return { command, description: "a step of the script" };
}

function deltas(turn: Turn): readonly object[] {
  const whole = turn.kind === "bash" ? JSON.stringify(bashInput(turn.command)) : turn.text;
  const middle = Math.ceil(whole.length / 2);
  const halves = [whole.slice(0, middle), whole.slice(middle)].filter((half) => half !== "");
  return halves.map((half) =>
    turn.kind === "bash"
      ? { type: "input_json_delta", partial_json: half }
      : { type: "text_delta", text: half },
  );
}

function stopReason(turn: Turn): "tool_use" | "end_turn" {
  return turn.kind === "bash" ? "tool_use" : "end_turn";
}
