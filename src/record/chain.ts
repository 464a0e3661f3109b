/**
 * The chain of an audit log. A line is a JSON object whose last field authenticates all bytes before it and whose
 * `prev` is that field of the line before:
 *
 *   {"seq":7,"prev":"<mac of line 6>","at":…,"event":"request",…,"mac":"<HMAC-SHA-256>"}
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { AuditEvent } from "../gateway/config.ts";

/** Bytes of a bottle's audit key. */
export const keySize = 32;

/** Whether a file holds just so many bytes in hex, and its line end. Node's own reading stops at what is none without a word. */
export function isHex(text: string, size: number): boolean {
  return (
    text.length - 1 <= size * 2 && /^[0-9a-f]*\n?$/.test(text) && text.trim().length === size * 2
  );
}

/** Bytes; no line of ours is nearly as long. */
export const maxAuditLine: number = 64 * 1024;

/** One key for each purpose, so that no hash of one kind passes as one of another. */
export interface AuditKeys {
  readonly line: Buffer;
  readonly seal: Buffer;
  readonly query: Buffer;
  /** What the first line's `prev` is: a line of another bottle does not fit. */
  readonly origin: string;
}

export function auditKeys(key: Buffer, id: string): AuditKeys {
  const derive = (purpose: string): Buffer =>
    createHmac("sha256", key).update(`claude-bottle ${purpose} ${id}`).digest();
  return {
    line: derive("line"),
    seal: derive("seal"),
    query: derive("query"),
    origin: derive("origin").toString("hex"),
  };
}

/** RFC 2104. */
export function mac(key: Buffer, bytes: string | Buffer): string {
  return createHmac("sha256", key).update(bytes).digest("hex");
}

export function sameMac(one: string, other: string): boolean {
  return (
    one.length === other.length &&
    timingSafeEqual(Buffer.from(one, "latin1"), Buffer.from(other, "latin1"))
  );
}

export interface ChainedLine {
  readonly text: string;
  readonly mac: string;
}

/** `lineMac`: by `createMac` of `keys.line`. */
export function chainLine(
  lineMac: (text: string) => string,
  seq: number,
  prev: string,
  event: AuditEvent,
): ChainedLine {
  const body = `{"seq":${seq},"prev":"${prev}",${JSON.stringify(event).slice(1)}`;
  const own = lineMac(body);
  return { text: `${body.slice(0, -1)},"mac":"${own}"}\n`, mac: own };
}

export interface OpenedLine {
  /** False: some byte of it changed. */
  readonly authentic: boolean;
  readonly seq: number;
  readonly prev: string;
  readonly mac: string;
}

const ending = /^(.*),"mac":"([0-9a-f]{64})"\}$/s;

/** Reads back one line without its newline; undefined if it has not the form of one. */
export function openLine(keys: AuditKeys, bytes: Buffer): OpenedLine | undefined {
  const match = ending.exec(bytes.toString("latin1"));
  if (match === null) return undefined;
  const [, head = "", stated = ""] = match;
  const authentic = sameMac(mac(keys.line, Buffer.from(`${head}}`, "latin1")), stated);
  const start = /^\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})"/.exec(head);
  if (start === null) return undefined;
  return { authentic, seq: Number(start[1]), prev: start[2] ?? "", mac: stated };
}
