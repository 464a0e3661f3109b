/** A tunnel whose TLS is not ended here: its greeting must name the host, then bytes go through as they are. */
import type { Socket } from "node:net";
import type { Crowded } from "./crowd.ts";
import type { Served } from "./lasting.ts";
import { Refusal } from "./refusal.ts";
import type { Services } from "./services.ts";
import { HelloError, createHelloReader } from "./tls/client-hello.ts";
import type { GrantedTunnel } from "./tunnel.ts";

export interface Splice extends Crowded {
  readonly serves: Served;
  sweep(ticks: number): void;
}

export function openSplice(
  { socket: client, authority, key, rest }: GrantedTunnel,
  services: Services,
  closed: (splice: Splice) => void,
): Splice {
  const { ticker, limits, log, opener } = services;
  const startedAt = services.now();
  const reader = createHelloReader();
  const hello: Buffer[] = [];
  let upstream: Socket | undefined;
  let deadline = ticker.after(limits.headMs);
  let sent = 0;
  let received = 0;
  let over = false;

  const finish = (refused?: { readonly code: string; readonly reason: string }): void => {
    if (over) return;
    over = true;
    client.destroy();
    upstream?.destroy();
    closed(splice);
    const line = { door: "proxy", authority, ms: services.now() - startedAt } as const;
    if (refused === undefined)
      return log.write({ event: "connect", ...line, sent, received, reason: "passed through" });
    services.counts.refusals += 1;
    log.write({ event: "refused", ...line, ...refused });
  };
  const splice: Splice = {
    serves: { authority, key },
    get leisure() {
      return upstream === undefined ? "new" : "busy";
    },
    sweep(ticks) {
      if (ticks >= deadline) finish();
    },
    destroy: () => finish(),
  };

  const pass = (from: Socket, to: Socket, count: (bytes: number) => void): void => {
    from.allowHalfOpen = true;
    from.on("data", (chunk: Buffer) => {
      count(chunk.length);
      deadline = ticker.after(limits.idleMs);
      if (to.write(chunk)) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
    // Each side may have said all it has to say and still listen.
    from.on("end", () => to.end());
    from.on("error", () => finish());
    from.on("close", () => {
      if (from.readableEnded && from.writableFinished && !to.destroyed) return;
      finish();
    });
  };
  const connected = (socket: Socket): void => {
    if (over) return void socket.destroy();
    upstream = socket;
    deadline = ticker.after(limits.idleMs);
    for (const part of hello) {
      sent += part.length;
      socket.write(part);
    }
    client.removeAllListeners("data");
    client.off("close", gone);
    pass(client, socket, (bytes) => (sent += bytes));
    pass(socket, client, (bytes) => (received += bytes));
    socket.resume();
    client.resume();
  };
  const greet = (chunk: Buffer): void => {
    if (over) return;
    hello.push(chunk);
    try {
      const name = reader.push(chunk);
      if (name === undefined) return;
      if (name.toLowerCase() !== authority.host)
        throw new HelloError("sni-mismatch", "the greeting names another host than CONNECT");
    } catch (error) {
      if (!(error instanceof HelloError)) throw error;
      return finish({ code: error.code, reason: error.message });
    }
    client.pause();
    client.removeListener("data", greet);
    opener.openBare(authority).then(connected, (error: unknown) => {
      const { code, reason } =
        error instanceof Refusal ? error : { code: "upstream-unreachable", reason: "" };
      finish({ code, reason });
    });
  };

  const gone = (): void => finish();
  client.on("error", () => undefined);
  client.on("close", gone);
  client.write("HTTP/1.1 200 Connection established\r\n\r\n");
  client.on("data", greet);
  if (rest.length > 0) greet(rest);
  if (!over && upstream === undefined) client.resume();
  return splice;
}
