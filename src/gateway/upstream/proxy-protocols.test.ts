/** HTTP/2 and tunnels that are not read, where the owner's proxy is the only way out. */
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { allow, startGateway } from "../../../tests/support/gateway.ts";
import type { TestGateway } from "../../../tests/support/gateway.ts";
import { h2Ask, startH2Server, tunnel } from "../../../tests/support/h2.ts";
import { startProxy } from "../../../tests/support/proxy.ts";
import type { TestProxy } from "../../../tests/support/proxy.ts";
import { startUpstream } from "../../../tests/support/upstream.ts";
import type { HostRule } from "../../manifest/manifest.ts";
import { createCertificateAuthority } from "../tls/authority.ts";
import { connect } from "node:http2";

const host = "api.example.org";
const ca = createCertificateAuthority({ names: [host], now: new Date() });

const behind = (proxy: TestProxy, more: Partial<HostRule>): Promise<TestGateway> =>
  startGateway({
    config: {
      allow: [allow(host, 443, { scheme: "https", ...more })],
      extraCa: [ca.caPem],
      upstreamProxy: {
        url: `http://proxy.example.org:${proxy.port}`,
        ca: null,
        authorization: null,
      },
    },
  });

test("HTTP/2 goes through one CONNECT for many requests", async () => {
  await using upstream = await startH2Server(ca, (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("ok");
  });
  await using proxy = await startProxy({ leads: { [`${host}:443`]: upstream.port } });
  await using gateway = await behind(proxy, {});
  const socket = await tunnel(gateway, 443, ["h2"], host);
  const session = connect(`https://${host}`, { createConnection: () => socket });
  for (let turn = 0; turn < 3; turn += 1)
    expect(await h2Ask(session, { ":path": "/" })).toMatchObject({ status: 200, body: "ok" });
  expect(proxy.heads).toEqual([`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443`]);
  session.destroy();
});

test("a tunnel that is not read goes through it by name", async () => {
  await using upstream = await startUpstream({
    tls: (name) => ca.contextFor(name),
    answer: (socket) => socket.write("hello"),
  });
  await using proxy = await startProxy({ leads: { [`${host}:443`]: upstream.port } });
  await using gateway = await behind(proxy, { tunnel: true });
  const client = gateway.open();
  client.send(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
  await client.until((text) => text.endsWith("\r\n\r\n"));
  client.socket.removeAllListeners("data");
  const inner = connectTls({ socket: client.socket, servername: host, ca: ca.caPem });
  inner.write("x");
  const [answer] = (await once(inner, "data")) as [Buffer];
  expect([answer.toString(), inner.authorized]).toEqual(["hello", true]);
  expect(proxy.heads).toEqual([`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443`]);
  expect(gateway.lookups).toEqual(["proxy.example.org"]);
  inner.destroy();
});
