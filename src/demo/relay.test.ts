import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { demoHost, openRelay } from "./relay.ts";

async function ask(proxy: string, words: string): Promise<string> {
  const { hostname, port } = new URL(proxy);
  const socket = connect(Number(port), hostname);
  let said = "";
  socket.setEncoding("latin1").on("data", (text: string) => (said += text));
  socket.write(words);
  await once(socket, "close");
  return said;
}

it("leads to the demo's own servers by their name, and nowhere else", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("Connection", "close").end("answer");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const other = createServer((_request, response) => response.end("other")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port: otherPort } = other.address() as AddressInfo;
  await using relay = await openRelay("127.0.0.1", [port]);
  const get = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  const to = (authority: string): string =>
    `CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n${get}`;
  expect(await ask(relay.url, to(`${demoHost}:${port}`))).toMatch(
    /^HTTP\/1\.1 200 OK\r\n\r\nHTTP\/1\.1 200[\s\S]*answer/,
  );
  for (const authority of [`${demoHost}:${otherPort}`, `127.0.0.1:${port}`, `localhost:${port}`])
    expect(await ask(relay.url, to(authority))).toMatch(/^HTTP\/1\.1 403/);
  expect(
    await ask(
      relay.url,
      `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ),
  ).toMatch(/^HTTP\/1\.1 403/);
  expect(asked).toEqual(["/x"]);
  for (const one of [server, other]) one.close();
});
