/** One engine of one bottle: its sandbox, the conversation with its keeper, and its end. It is never started again. */
import type { ChildProcess } from "node:child_process";
import { BottleError } from "../../errors/error.ts";
import type { Engine, EngineQuestion, EngineVerdict } from "../../gateway/config.ts";
import { readLines } from "../../helper/lines.ts";
import type { EngineSpec } from "../../manifest/manifest.ts";
import type { EngineEvent } from "./events.ts";
import { longestLine } from "./protocol.ts";
import type { KeeperMessage, KeeperRequest } from "./protocol.ts";
import { sandboxCommand } from "./sandbox.ts";
import { askLimits, pipelockSettings } from "./settings.ts";

export interface PipelockOptions {
  readonly spec: EngineSpec;
  readonly program: string;
  readonly keeper: string;
  readonly node: string;
  /** Whom it runs as, where root starts it. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly hosts: readonly string[];
  readonly event: (event: EngineEvent) => void;
}

export interface Ready {
  /** Of 127.0.0.1, where it has this machine's network: its proxy. */
  readonly port: number;
  readonly version: string;
}

export interface PipelockEngine extends AsyncDisposable {
  /** Asks may come before it is ready: they wait. */
  readonly engine: Engine;
  /** Rejects with a BottleError where it does not start. */
  readonly ready: Promise<Ready>;
  /** Resolves when it is no more, with the reason; nothing is allowed from then on. */
  readonly gone: Promise<string>;
}

/** Milliseconds for the keeper to say that the engine is ready, and for one verdict: more than it takes itself. */
const startMs = 25_000;
const verdictMs = 10_000;

interface Asked {
  readonly answer: (verdict: EngineVerdict) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export function startPipelock(options: PipelockOptions): PipelockEngine {
  const { spec } = options;
  const network = spec.as !== "verdict";
  const [program = "", ...args] = sandboxCommand({ ...options, network });
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(program, args, { env: {}, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  const talk = converse(child, options);
  talk.send({
    type: "order",
    settings: pipelockSettings({ engine: spec, hosts: options.hosts }),
    verdicts: !network,
  });
  return {
    engine: {
      name: spec.name,
      limits: askLimits,
      readsConversation: spec.conversation === "read",
      async ask(question) {
        await talk.ready;
        return talk.ask(question);
      },
    },
    ready: talk.ready,
    gone: talk.gone,
    async [Symbol.asyncDispose]() {
      // Its first process dies with bubblewrap, and with that all of them (bwrap(1), --die-with-parent).
      child.kill("SIGKILL");
      await talk.ended;
    },
  };
}

interface Conversation {
  readonly ready: Promise<Ready>;
  readonly gone: Promise<string>;
  readonly ended: Promise<void>;
  send(request: KeeperRequest): void;
  ask(question: EngineQuestion): Promise<EngineVerdict>;
}

function converse(child: ChildProcess, { event }: PipelockOptions): Conversation {
  const asked = new Map<number, Asked>();
  let count = 0;
  let over: string | undefined;
  let said = "";
  let becomeReady: (ready: Ready) => void = () => undefined;
  let neverReady: (error: Error) => void = () => undefined;
  let tellGone: (why: string) => void = () => undefined;
  const ready = new Promise<Ready>((resolve, reject) => {
    becomeReady = resolve;
    neverReady = reject;
  });
  ready.catch(() => undefined);
  const gone = new Promise<string>((resolve) => (tellGone = resolve));
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });

  const finish = (why: string): void => {
    if (over !== undefined) return;
    over = why;
    clearTimeout(starting);
    child.kill("SIGKILL");
    neverReady(notStarted(why, said));
    for (const one of asked.values()) {
      clearTimeout(one.timer);
      one.fail(new Error(why));
    }
    asked.clear();
    tellGone(why);
  };
  const starting = setTimeout(() => finish("it is not ready in time"), startMs);

  const take = (id: number): Asked | undefined => {
    const one = asked.get(id);
    asked.delete(id);
    clearTimeout(one?.timer);
    return one;
  };
  const hear = (message: KeeperMessage): void => {
    switch (message.type) {
      case "ready":
        clearTimeout(starting);
        return becomeReady({ port: message.port, version: message.version });
      case "verdict":
        return take(message.id)?.answer(
          message.allowed ? { allowed: true } : { allowed: false, finding: message.finding },
        );
      case "none":
        return take(message.id)?.fail(new Error(message.why));
      case "event":
        return event({ name: message.name, detail: message.detail });
      case "gone":
        return finish(message.why);
    }
  };
  child.once("error", (error) => finish(error.message));
  child.once("exit", (code, signal) =>
    finish(`its sandbox ended with ${signal ?? `code ${code}`}`),
  );
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    said = `${said}${part}`.slice(-500);
  });
  child.stdin?.on("error", () => finish("its keeper does not listen"));
  if (child.stdout !== null)
    readLines(child.stdout, longestLine, {
      line(text) {
        try {
          hear(JSON.parse(text) as KeeperMessage);
        } catch {
          finish("its keeper says what cannot be read");
        }
      },
      end: (why) => finish(why ?? "its keeper is gone"),
    });

  const send = (request: KeeperRequest): void => {
    child.stdin?.write(`${JSON.stringify(request)}\n`);
  };
  return {
    ready,
    gone,
    ended,
    send,
    ask: (question) =>
      new Promise((answer, fail) => {
        if (over !== undefined) return fail(new Error(over));
        const id = (count += 1);
        const timer = setTimeout(() => take(id)?.fail(new Error("no verdict in time")), verdictMs);
        asked.set(id, { answer, fail, timer });
        const data = question.kind === "url" ? question.url : question.text;
        send({ type: "ask", id, kind: question.kind, data });
      }),
  };
}

function notStarted(why: string, said: string): BottleError {
  const last = (said.trimEnd().split("\n").at(-1) ?? "").replace(/[^\x20-\x7e]/g, "?");
  return new BottleError({
    code: "E_ENGINE_START",
    what: "The engine did not start, and without it nothing leaves.",
    why: last === "" ? why : `${why}; ${last}`,
    next: "Run `bottle doctor`.",
  });
}
