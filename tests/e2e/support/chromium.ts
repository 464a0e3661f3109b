/** A real Chromium, driven over its debugging pipe. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

export const chromium = "chromium-headless-shell";

export interface Tab {
  /** The value of an expression, or of its promise, as text; an error's text where it throws. */
  evaluate(expression: string): Promise<string>;
  goTo(url: string): Promise<void>;
}

export interface Browser extends AsyncDisposable {
  /** A tab that has loaded this page. */
  open(url: string): Promise<Tab>;
}

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** `names` lead to 127.0.0.1, as if an attacker's name server said so; with `flags` of its own none do. */
export async function openChromium(
  names: readonly string[],
  flags?: readonly string[],
): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "bottle-chromium-"));
  const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(", ");
  const child = spawn(
    chromium,
    [
      "--no-sandbox",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
      ...(flags ?? [`--host-resolver-rules=${rules}`]),
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const ended = new Promise((done) => child.once("exit", done));
  const [, , , to, from] = child.stdio as unknown as readonly [
    null,
    null,
    null,
    Writable,
    Readable,
  ];
  const waiting = new Map<number, (reply: Reply) => void>();
  const listeners = new Set<(event: Reply) => void>();
  let rest = "";
  from.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const reply = JSON.parse(part) as Reply;
      if (reply.id === undefined) for (const listener of listeners) listener(reply);
      else waiting.get(reply.id)?.(reply);
    }
  });
  let last = 0;
  const send = async (
    method: string,
    params: object,
    sessionId?: string,
  ): Promise<Readonly<Record<string, unknown>>> => {
    last += 1;
    const id = last;
    const reply = new Promise<Reply>((done) => waiting.set(id, done));
    to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return (await reply).result ?? {};
  };

  return {
    async open(url) {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const attached = await send("Target.attachToTarget", { targetId, flatten: true });
      const sessionId = String(attached["sessionId"]);
      await send("Page.enable", {}, sessionId);
      const tab: Tab = {
        async evaluate(expression) {
          const wrapped = `(async () => { try { return String(await (${expression})); } catch (error) { return String(error); } })()`;
          const params = { expression: wrapped, awaitPromise: true, returnByValue: true };
          const { result } = await send("Runtime.evaluate", params, sessionId);
          return String((result as { readonly value?: unknown } | undefined)?.value);
        },
        async goTo(where) {
          const loaded = new Promise<void>((done) => {
            const listener = (event: Reply): void => {
              if (event.sessionId !== sessionId || event.method !== "Page.loadEventFired") return;
              listeners.delete(listener);
              done();
            };
            listeners.add(listener);
          });
          await send("Page.navigate", { url: where }, sessionId);
          await loaded;
        },
      };
      await tab.goTo(url);
      return tab;
    },
    async [Symbol.asyncDispose]() {
      // It ends its other processes itself.
      to.write(`${JSON.stringify({ id: 0, method: "Browser.close" })}\0`);
      await ended;
      for (const pipe of [to, from]) pipe.destroy();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
