/** A bottle's gateway as a program of its own: told everything over its standard input, and nothing in any other way. */
import type { Readable, Writable } from "node:stream";
import { BottleError } from "../../errors/error.ts";
import { channelPort, doorPort } from "../../helper/protocol.ts";
import { openCallee } from "../../wire/callee.ts";
import type { LineValue } from "../../wire/line.ts";
import { openStreams } from "../../wire/streams.ts";
import type { HostedWork } from "./at-work.ts";
import { openBacklog } from "./backlog.ts";
import { openChannelDoor } from "./channel.ts";
import type { AuditEvent } from "../../gateway/config.ts";
import { createFarEngine } from "./far-engine.ts";
import type { FarEngine } from "./far-engine.ts";
import { channelStream } from "./messages.ts";
import type { FromProgram, ToProgram, WireFault } from "./messages.ts";
import { openWaysIn } from "./ways-in.ts";

export interface ProgramOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Of the bottle's network, and the only one to listen at. */
  readonly address: string;
  /** Milliseconds without the supervisor after which it ends, and with it the bottle. */
  readonly ttl: number;
  /** Resolves when this process leaves no core dump; until then it is told no secret. */
  readonly coresForbidden: Promise<boolean>;
  /** Ends the process; `why` is for whoever looks at its last words. */
  readonly exit: (code: number, why?: string) => void;
}

/** Bytes of a line of the supervisor: rules, authorities and revocation lists are one. */
const maxLine = 128 * 1024 * 1024;
/** Characters of events that wait to be acknowledged: some 20,000 requests, and twice that for what was let through before. */
const full = 8 * 1024 * 1024;
/** Milliseconds between two looks whether counts have changed. */
const statsPace = 250;
/** Milliseconds for the last words to be heard. */
const lastWords = 5_000;

export function runProgram(options: ProgramOptions): void {
  const { address, exit } = options;
  let work: HostedWork | undefined;
  let far: FarEngine | undefined;
  let toldStats = "";
  let closing = false;

  const send = (message: FromProgram): number => callee.send(message);
  const tellStats = (): void => {
    if (work === undefined) return;
    const { requests, refusals, tokens, firstInjectedAt } = work.gateway.stats();
    const stats = { requests, refusals, tokens, firstInjectedAt };
    const text = JSON.stringify(stats);
    if (text !== toldStats) send({ type: "stats", stats });
    toldStats = text;
  };
  const backlog = openBacklog({
    send: (event) => send({ type: "audit", event }),
    full,
    most: 2 * full,
    overflow: () => exit(1, "the record is out of reach, and there is no more room"),
    now: () => Date.now(),
  });
  const streams = openStreams((message) => {
    // What the helper says may be the end of it all: the counts up to then go first.
    if ("data" in message) tellStats();
    callee.send(message);
  });
  const ways = openWaysIn({ address, send, far: (stream) => streams.open(stream, true) });

  const open = async ({ material }: Extract<ToProgram, { type: "open" }>): Promise<void> => {
    if (!(await options.coresForbidden)) throw coreDumps();
    // Loaded beside the network's set-up and not before the channel's listener.
    const { putToWork } = await import("./at-work.ts");
    if (material.engine !== undefined)
      far = createFarEngine({ told: material.engine, send, unheard: () => callee.held });
    const deps = {
      audit: (event: AuditEvent) => backlog.write(event),
      writable: () => backlog.writable,
    };
    const made = putToWork(material, deps, far?.engine);
    await made.gateway.listen({ host: address, port: doorPort });
    work = made;
    setInterval(tellStats, statsPace);
    send({ type: "opened", at: Date.now() });
  };
  const close = async (): Promise<void> => {
    closing = true;
    await work?.gateway[Symbol.asyncDispose]();
    backlog.close();
    tellStats();
    send({ type: "closed" });
    setTimeout(() => exit(0), lastWords);
  };

  /** One after the other: what came later may need what came before. */
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (act: () => Promise<void> | void, failed: (error: unknown) => void): void => {
    turn = turn.then(act).catch(failed);
  };
  const fail = (error: unknown): void => void send({ type: "failed", error: faultOf(error) });

  const serve = (message: ToProgram): void => {
    switch (message.type) {
      case "open":
        return inTurn(() => (work === undefined ? open(message) : undefined), fail);
      case "secrets":
        return inTurn(
          () => work?.replace(message.secrets, message.why),
          (error) => void send({ type: "not-replaced", why: faultOf(error).what }),
        );
      case "verdict":
        return far?.hear(message);
      case "expect":
        return ways.expect(message.stream, message.key);
      case "forget":
        return ways.forget(message.stream);
      case "close":
        return inTurn(close, fail);
    }
  };

  const callee = openCallee({
    ...options,
    maxLine,
    gone: () => exit(0),
    message(message: LineValue) {
      // Either of a stream, or the supervisor's own word: the line was whole, and its number the next.
      if (!streams.hear(message)) serve(message as unknown as ToProgram);
    },
    acknowledged(number) {
      backlog.acknowledged(number);
      if (closing && callee.held === 0) exit(0);
    },
  });
  const channel = streams.open(channelStream, true);
  openChannelDoor({ host: address, port: channelPort }, channel).catch(fail);
}

function coreDumps(): BottleError {
  return new BottleError({
    code: "E_GATEWAY_HOST",
    what: "The gateway beside the bottle cannot forbid core dumps of itself.",
    why: "A dump would hold every secret.",
    next: "Limit them where it runs (ulimit -c 0).",
  });
}

/** Of what is no error of ours only the kind is said: its text may hold anything. */
function faultOf(error: unknown): WireFault {
  if (error instanceof BottleError) {
    const { code, message, why, next } = error;
    return {
      code,
      what: message,
      ...(why === undefined ? {} : { why }),
      ...(next === undefined ? {} : { next }),
    };
  }
  const { code } = error as NodeJS.ErrnoException;
  return {
    code: "E_GATEWAY_HOST",
    what: "The gateway beside the bottle does not come to work.",
    why: code ?? (error instanceof Error ? error.name : "The reason is unknown."),
  };
}
