import { once } from "node:events";
import { Socket, connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { defaultLimits } from "./limits.ts";
import type { Services } from "./services.ts";
import { openTunnel } from "./tunnel.ts";
import type { Handshake } from "./tunnel.ts";

test("what comes with the CONNECT and is not TLS leaves nothing behind", async () => {
  const written: unknown[] = [];
  const services = {
    limits: defaultLimits,
    ticker: { ticks: 0, after: () => 1 },
    log: { write: (facts: unknown) => written.push(facts) },
    counts: { refusals: 0 },
  } as unknown as Services;
  const live = new Set<Handshake>();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [
    Parameters<typeof openTunnel>[0]["socket"],
  ];
  const authority = { scheme: "https", host: "localhost", port: 443 } as const;
  openTunnel(
    {
      socket,
      authority,
      key: "",
      rest: Buffer.from("SSH-2.0-x"),
      permit: { spliced: false, h2: false },
      services,
      ready: () => undefined,
    },
    live,
  );
  expect(live.size).toBe(0);
  expect(written).toMatchObject([{ code: "not-tls" }]);
  client.destroy();
  server.close();
});

test("of greetings that come together each new name has its turn, and a known one does not wait", () => {
  const order: string[] = [];
  const waiting: (() => void)[] = [];
  const services = {
    limits: defaultLimits,
    ticker: { ticks: 0, after: () => 1 },
    log: { write: () => undefined },
    counts: { refusals: 0 },
    knowsContext: (host: string) => host === "known.example",
    turns: { take: (work: () => void) => waiting.push(work) },
    contextFor: (host: string) => {
      order.push(host);
      throw new Error("no context");
    },
  } as unknown as Services;
  const sockets = ["one.example", "gone.example", "known.example"].map((host) => {
    const socket = new Socket();
    const authority = { scheme: "https", host, port: 443 } as const;
    const rest = Buffer.from("16030100", "hex");
    const permit = { spliced: false, h2: false };
    openTunnel(
      { socket, authority, key: host, rest, permit, services, ready: () => undefined },
      new Set(),
    );
    return socket;
  });
  expect(order).toEqual(["known.example"]);
  // Nobody pays for who went away while waiting.
  sockets[1]?.emit("close");
  for (const work of waiting) work();
  expect(order).toEqual(["known.example", "one.example"]);
});
