/**
 * The helper's channel: no descriptor passes through the Engine, so that the helper calls at a socket in the link's directory. The
 * first caller has it, before any agent runs, and then it is gone.
 */
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { once } from "node:events";

export interface ControlListener extends Disposable {
  /** Resolves with the helper's connection. */
  readonly called: Promise<Socket>;
}

/** Nobody waits for it to listen: the helper calls when its container has started. */
export function listenForHelper(path: string): ControlListener {
  const server = createServer();
  const close = (): void => {
    server.close();
    rmSync(path, { force: true });
  };
  server.maxConnections = 1;
  // Rejects where it cannot listen.
  const called = once(server, "connection").then(([socket]) => {
    close();
    return socket as Socket;
  });
  called.catch(() => undefined);
  // The directory is 0700 and the bottle's: whoever gets this far may connect.
  server.listen({ path, readableAll: true, writableAll: true });
  return { called, [Symbol.dispose]: close };
}

/** Resolves when the helper has said something on a channel that others made, or nobody will; it is read by whoever takes it then. */
export async function whenHeard(control: Duplex): Promise<Duplex> {
  if (control.readableLength === 0 && !control.destroyed) {
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([once(control, "readable", { signal }), once(control, "close", { signal })])
      .catch(() => undefined)
      .finally(() => over.abort());
  }
  return control;
}
