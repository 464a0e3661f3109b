/** Greetings of TLS as real clients send them, and greetings by hand. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:tls";

/** What Node's own client sends first. */
export async function captureHello(servername: string): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    ...(servername === "" ? {} : { servername }),
  });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [hello] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

const sized = (bytes: Buffer, width: number): Buffer => {
  const size = Buffer.alloc(width);
  size.writeUIntBE(bytes.length, 0, width);
  return Buffer.concat([size, bytes]);
};

export interface HelloExtension {
  readonly type: number;
  readonly data: Buffer;
}

/** RFC 6066 section 3. */
export function nameExtension(...names: readonly string[]): HelloExtension {
  const list = names.map((name) =>
    Buffer.concat([Buffer.of(0), sized(Buffer.from(name, "latin1"), 2)]),
  );
  return { type: 0, data: sized(Buffer.concat(list), 2) };
}

/** A greeting's message (RFC 8446 section 4.1.2), without records. */
export function helloMessage(extensions: readonly HelloExtension[]): Buffer {
  const all = extensions.map(({ type, data }) => {
    const head = Buffer.alloc(2);
    head.writeUInt16BE(type);
    return Buffer.concat([head, sized(data, 2)]);
  });
  const body = Buffer.concat([
    Buffer.of(3, 3),
    Buffer.alloc(32, 7),
    sized(Buffer.alloc(32, 9), 1),
    sized(Buffer.of(0x1a, 0x1a, 0x13, 0x01), 2),
    sized(Buffer.of(0), 1),
    sized(Buffer.concat(all), 2),
  ]);
  return Buffer.concat([Buffer.of(1), sized(body, 3)]);
}

/** In records of at most so many bytes each. */
export function records(message: Buffer, size: number): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at < message.length; at += size)
    out.push(Buffer.of(0x16, 3, 1), sized(message.subarray(at, at + size), 2));
  return Buffer.concat(out);
}
