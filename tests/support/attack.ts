/** What the attacks on a gateway share: requests as bytes, tunnels with any greeting, and an upstream that counts. */
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import type { CertificateAuthority } from "../../src/gateway/tls/authority.ts";
import { allow, isAnswer, startGateway } from "./gateway.ts";
import type { RawClient, TestGateway, TestGatewayOptions } from "./gateway.ts";
import { answerOk, startUpstream } from "./upstream.ts";
import type { RawUpstream, RawUpstreamOptions } from "./upstream.ts";

/** Sends bytes on a connection of their own; the first answer, or all that came before the end. */
export async function ask(gateway: TestGateway, request: string | Buffer): Promise<string> {
  const client = gateway.open();
  client.send(request);
  return client.until(isAnswer).catch(() => client.text());
}

/** An absolute-form request by plain http. */
export function absolute(
  upstream: RawUpstream,
  line: string,
  fields: readonly string[] = [],
  body = "",
): string {
  const [method, path] = line.split(" ");
  const host = `127.0.0.1:${upstream.port}`;
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  const head = [`Host: ${host}`, ...fields, ...length].join("\r\n");
  return `${method} http://${host}${path} HTTP/1.1\r\n${head}\r\n\r\n${body}`;
}

/** Asks for a tunnel; the connection after the answer, whatever it is. */
export async function connectTo(
  gateway: TestGateway,
  target: string,
  fields: readonly string[] = [],
): Promise<{ readonly client: RawClient; readonly answer: string }> {
  const client = gateway.open();
  client.send(
    `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${fields.map((one) => `${one}\r\n`).join("")}\r\n`,
  );
  const answer = await client
    .until((text) => text.endsWith("\r\n\r\n") || isAnswer(text))
    .catch(() => client.text());
  return { client, answer };
}

/** A tunnel to `target` with TLS inside, greeted as the options say. */
export async function tunnelTo(
  gateway: TestGateway,
  target: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const { client } = await connectTo(gateway, target);
  client.socket.removeAllListeners("data");
  const inner = connectTls({
    socket: client.socket,
    servername: target.replace(/:\d+$/, ""),
    ca: gateway.caPem,
    ...options,
  });
  inner.on("error", () => undefined);
  await anyOf(inner, "secureConnect", "close");
  return inner;
}

/** The first of some events; an error is followed by `close`. */
export function anyOf(socket: TLSSocket, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const event of events) socket.once(event, () => resolve());
  });
}

/** One request inside of a tunnel; what came until the first answer was whole, or the connection ended. */
export async function askInside(inner: TLSSocket, request: string): Promise<string> {
  let text = "";
  inner.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  inner.write(request, "latin1");
  while (!isAnswer(text) && !inner.destroyed && !inner.readableEnded)
    await anyOf(inner, "data", "close", "end");
  return text;
}

export interface Lab extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly upstream: RawUpstream;
  /** Signs the upstream's certificates. */
  readonly authority: CertificateAuthority;
  /** `localhost:port` of the upstream. */
  readonly host: string;
  /** Everything that reached the upstream, as one text: "" is no byte. */
  reached(): string;
}

/** A gateway in front of an upstream with TLS on localhost, which it allows. */
export async function startTlsLab(
  options: TestGatewayOptions & { readonly answer?: RawUpstreamOptions["answer"] } = {},
): Promise<Lab> {
  const authority = createCertificateAuthority({
    names: ["localhost", "*.example.org"],
    now: new Date(),
  });
  const upstream = await startUpstream({
    answer: options.answer ?? answerOk,
    tls: (host) => authority.contextFor(host),
  });
  const gateway = await startGateway({
    ...options,
    config: {
      allow: [allow("localhost", upstream.port, { scheme: "https" })],
      extraCa: [authority.caPem],
      ...options.config,
    },
  });
  return {
    gateway,
    upstream,
    authority,
    host: `localhost:${upstream.port}`,
    reached: () => upstream.received.join(""),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}
