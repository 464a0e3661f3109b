/** A refusal: what the agent is told in one short sentence, and what only the owner learns (DESIGN section 5). */

import type { Dialect } from "./config.ts";
import { refusalBody } from "./dialects.ts";

/** A refusal in the words of a protocol whose clients show no JSON. */
export interface RefusalAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Thrown by any stage of the pipeline; the connection turns it into an answer and an audit line. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  /** For the audit log only. */
  readonly reason: string;
  /** The connection cannot be used any more: nobody knows where the next request begins. */
  readonly fatal: boolean;
  /** Instead of the JSON. */
  readonly answer: RefusalAnswer | undefined;

  constructor(
    code: string,
    message: string,
    more: {
      readonly status?: number;
      readonly reason?: string;
      readonly fatal?: boolean;
      readonly answer?: RefusalAnswer | undefined;
    } = {},
  ) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.answer = more.answer;
    this.status = more.answer?.status ?? more.status ?? 403;
    this.reason = more.reason ?? message;
    this.fatal = more.fatal ?? false;
  }
}

/** A request that is not exactly HTTP/1.1: refused, never repaired, and the connection ends. */
export function malformed(reason: string, status: number = 400): Refusal {
  return new Refusal("malformed-request", `The request is malformed: ${reason}.`, {
    status,
    reason,
    fatal: true,
  });
}

const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  413: "Content Too Large",
  417: "Expectation Failed",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

export interface RefusalForm {
  readonly dialect: Dialect;
  /** An answer to HEAD has no body (RFC 9110 section 9.3.2). */
  readonly bodyless: boolean;
  /** The connection ends after it. */
  readonly close: boolean;
}

/** RFC 9110 section 11.7.1: a 407 says how. */
const challenge = ["proxy-authenticate", 'Basic realm="claude-bottle"'] as const;

/** Fields and body of the answer that a refusal is. */
export function refusalParts(
  refusal: Refusal,
  dialect: RefusalForm["dialect"],
): { readonly fields: readonly (readonly [name: string, value: string])[]; readonly body: Buffer } {
  const body = refusal.answer?.body ?? Buffer.from(JSON.stringify(refusalBody(dialect, refusal)));
  return {
    fields: [
      ["content-type", refusal.answer?.type ?? "application/json"],
      ["content-length", String(body.length)],
      ["x-claude-bottle", refusal.code],
      ...(refusal.status === 407 ? [challenge] : []),
      ["cache-control", "no-store"],
    ],
    body,
  };
}

/** The whole answer, head and body. */
export function refusalAnswer(refusal: Refusal, form: RefusalForm): Buffer {
  const { fields, body } = refusalParts(refusal, form.dialect);
  const lines = [
    `HTTP/1.1 ${refusal.status} ${phrases[refusal.status] ?? "Refused"}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  if (refusal.status === 426) lines.push("upgrade: http/1.1");
  if (form.close)
    lines.push(refusal.status === 426 ? "connection: upgrade, close" : "connection: close");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return form.bodyless ? head : Buffer.concat([head, body]);
}

/** A head that was begun. */
export function requestTimeout(): Refusal {
  return new Refusal("request-timeout", "The request's head did not come in time.", {
    status: 408,
    fatal: true,
  });
}

/** A fault of ours. */
export function gatewayFailed(): Refusal {
  return new Refusal("gateway-failed", "The gateway failed.", { status: 502, fatal: true });
}
