/** The helper as one bundled file, and a plain bubblewrap sandbox to run it in without any backend. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { Duplex, Readable, Writable } from "node:stream";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import type { HelperMessage, HelperRequest } from "../../src/helper/protocol.ts";
import { besideRelay } from "./link-relay.ts";
import type { RelayedPlace } from "./link-relay.ts";

/** Bundles src/helper/main.ts as scripts/build.js does, into a directory that disposing removes. */
export async function bundleHelper(): Promise<AsyncDisposable & { readonly file: string }> {
  const dir = await mkdtemp(join(tmpdir(), "bottle-helper-"));
  const file = join(dir, "helper.js");
  const bundle = await rolldown({
    input: resolve(import.meta.dirname, "../../src/helper/main.ts"),
    platform: "node",
    logLevel: "silent",
  });
  await bundle.write({ file, format: "cjs", codeSplitting: false });
  await bundle.close();
  return {
    file,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

type MessageOf<T extends HelperMessage["type"]> = Extract<HelperMessage, { type: T }>;

/** Speaks to one helper over its descriptor 3. */
export interface HelperTalk {
  readonly messages: readonly HelperMessage[];
  send(request: HelperRequest): void;
  /** The first message, received or to come, that `wanted` accepts; rejects when the helper failed or is gone. */
  message<T extends HelperMessage["type"]>(
    type: T,
    wanted?: (message: MessageOf<T>) => boolean,
  ): Promise<MessageOf<T>>;
  /** Runs a command inside to its end. */
  exec(argv: readonly string[], input?: string): Promise<ExecEnd>;
}

/** A helper of its own process tree. */
export interface HelperUnderTest extends HelperTalk, AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly control: Duplex;
  readonly exited: Promise<number | null>;
}

export interface ExecEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const sandbox: readonly string[] =
  "--unshare-all --die-with-parent --ro-bind / / --dev /dev --proc /proc --tmpfs /run --".split(
    " ",
  );

/** Starts the helper in its own namespaces, with the whole host visible and nothing else closed: enough for its own tests. */
export function startHelper(
  file: string,
  link: string,
  more: readonly string[] = [],
  relayed: readonly RelayedPlace[] = [],
): HelperUnderTest {
  const argv = [process.execPath, file, "--link", link, ...more];
  const beside = relayed.length === 0 ? argv : besideRelay(process.execPath, relayed, argv);
  const child = spawn("bwrap", [...sandbox, ...beside], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
    env: { PATH: "/usr/bin:/bin" },
  });
  const control = child.stdio[3] as Duplex;
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  return {
    ...talkTo(control, exited),
    child,
    stdin: child.stdin as Writable,
    stdout: child.stdout as Readable,
    control,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      control.destroy();
      await exited;
    },
  };
}

/** Speaks over `control` until `gone`. */
export function talkTo(control: Duplex, gone: Promise<unknown>): HelperTalk {
  const messages: HelperMessage[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  let rest = "";
  let last = 0;
  const lookAll = (): void => {
    for (const look of waiting) look();
  };
  control.setEncoding("utf8");
  control.on("error", () => undefined);
  control.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) messages.push(JSON.parse(line) as HelperMessage);
    lookAll();
  });
  const end = (): void => {
    over = true;
    lookAll();
  };
  gone.then(end, end);

  const talk: HelperTalk = {
    messages,
    send: (request) => void control.write(`${JSON.stringify(request)}\n`),
    message: (type, wanted) =>
      new Promise((done, fail) => {
        const look = (): void => {
          const found = messages.find(
            (message): message is MessageOf<typeof type> =>
              message.type === type && (wanted?.(message as MessageOf<typeof type>) ?? true),
          );
          const failed = messages.find((message) => message.type === "failed");
          if (found !== undefined) done(found);
          else if (failed !== undefined) fail(new Error(JSON.stringify(failed)));
          else if (over) fail(new Error(`the helper ended before "${type}"`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    async exec(argv, input = "") {
      last += 1;
      const exec = last;
      talk.send({ type: "exec", exec, argv, env: { PATH: "/usr/bin:/bin" }, cwd: "/" });
      const data = Buffer.from(input, "utf8").toString("base64");
      talk.send({ type: "exec-input", exec, data, end: true });
      const { code } = await talk.message("exec-exited", (message) => message.exec === exec);
      const text = (stream: "stdout" | "stderr"): string =>
        Buffer.concat(
          messages.flatMap((message) =>
            message.type === "exec-output" && message.exec === exec && message.stream === stream
              ? [Buffer.from(message.data, "base64")]
              : [],
          ),
        ).toString("utf8");
      return { code, stdout: text("stdout"), stderr: text("stderr") };
    },
  };
  return talk;
}
