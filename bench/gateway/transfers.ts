/** Long bodies, the first event of a stream, and the first request to a new host. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { spread } from "../stats.ts";
import type { Spread } from "../stats.ts";
import { createAnswerCounter } from "./load.ts";
import { newHost } from "./origin.ts";
import type { Origin } from "./origin.ts";
import { openPlain, openTls, requestHead } from "./way.ts";
import type { Contender, ContenderName } from "./way.ts";

/** One number of each contender. */
export interface Measured {
  readonly contender: ContenderName;
  readonly value: Spread;
}

const tries = 10;

export interface Turns {
  readonly what: string;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly measure: (one: Contender, round: number) => Promise<number>;
  /** Hears who could not do it, and why; that one is out, and the others go on. */
  readonly failed: (name: ContenderName, why: string) => void;
}

/** Takes turns: every contender once a round; the first round warms and is not counted. */
export async function inTurns(turns: Turns): Promise<readonly Measured[]> {
  const values = new Map<ContenderName, number[]>();
  const out = new Set<ContenderName>();
  for (let round = 0; round <= turns.rounds; round += 1)
    for (const one of turns.contenders) {
      if (out.has(one.name)) continue;
      try {
        const value = await again(() => turns.measure(one, round));
        if (round > 0) values.set(one.name, [...(values.get(one.name) ?? []), value]);
      } catch (error) {
        out.add(one.name);
        turns.failed(one.name, `${turns.what}: ${error instanceof Error ? error.message : "?"}`);
      }
    }
  return turns.contenders
    .filter(({ name }) => !out.has(name))
    .map(({ name }) => ({ contender: name, value: spread(values.get(name) ?? []) }));
}

/** Up to `tries` times: squid 5.7 closes the connection within one of four long uploads. */
async function again(measure: () => Promise<number>): Promise<number> {
  for (let left = tries - 1; left > 0; left -= 1)
    try {
      return await measure();
    } catch {
      // The last try says why.
    }
  return measure();
}

/** MB a second of one download. */
export async function download(one: Contender, bytes: number): Promise<number> {
  const socket = await openPlain(one.plain);
  const begun = performance.now();
  socket.write(requestHead("GET", one.plain.target(`/down/${bytes}`), one.plain.host));
  await answered(socket);
  const seconds = (performance.now() - begun) / 1000;
  socket.destroy();
  return bytes / 1e6 / seconds;
}

/** Of text with words, code and base64 in it, as an agent sends it: what is looked through, and holds nothing. */
const uploadBlock: Buffer = Buffer.from(
  Array.from({ length: 400 }, (_none, index) => {
    const noise = Buffer.from(`${index * 7919} line of a file, in base64`).toString("base64");
    return `export const value${index} = { name: "item ${index}", data: "${noise}", done: ${index % 2 === 0} };\n`;
  }).join(""),
);

/** MB a second of one upload. */
export async function upload(one: Contender, bytes: number): Promise<number> {
  const socket = await openPlain(one.plain);
  const length = ["Content-Length", String(bytes)] as const;
  const begun = performance.now();
  socket.write(requestHead("POST", one.plain.target("/up"), one.plain.host, [length]));
  const done = answered(socket);
  for (let left = bytes; left > 0; left -= uploadBlock.length) {
    const part = left < uploadBlock.length ? uploadBlock.subarray(0, left) : uploadBlock;
    if (!socket.write(part)) await Promise.race([once(socket, "drain"), done]);
  }
  await done;
  const seconds = (performance.now() - begun) / 1000;
  socket.destroy();
  return bytes / 1e6 / seconds;
}

/** Microseconds from the origin's writing of an event to its arrival. */
export async function eventDelay(one: Contender, origin: Origin): Promise<number> {
  const socket = await openPlain(one.plain);
  socket.write(requestHead("GET", one.plain.target("/events"), one.plain.host));
  const arrived = await new Promise<number>((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("data: an event")) resolve(performance.now());
    });
    socket.once("close", () => reject(new Error(`no event: ${text.slice(0, 200)}`)));
  });
  const delay = (arrived - origin.eventAt) * 1000;
  socket.destroy();
  return delay;
}

/** Milliseconds from nothing to the answer of a host that was never asked before: CONNECT, certificate, handshake, request. */
export async function firstRequest(one: Contender, index: number): Promise<number> {
  const { tls } = one;
  if (tls === undefined) return Number.NaN;
  const host = newHost(index);
  const begun = performance.now();
  const socket = await openTls(tls, host);
  // Without the placeholder: it may go to no other host than its own.
  socket.write(`GET /small HTTP/1.1\r\nHost: ${host}:${tls.originPort}\r\n\r\n`);
  await answered(socket);
  const ms = performance.now() - begun;
  socket.destroy();
  return ms;
}

function answered(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const answer = createAnswerCounter();
    socket.on("data", (chunk: Buffer) => {
      const state = answer(chunk);
      if (state === "whole") resolve();
      else if (state === "failed")
        reject(new Error(`an answer was: ${chunk.toString("latin1", 0, 300)}`));
    });
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
}
