/** Classes 6 and 11: what is looked up, when, and what comes of the answers. */
import { expect, test } from "vitest";
import { ask, connectTo } from "../../support/attack.ts";
import { allow, codeOf, startGateway, statusOf } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";

const get = (host: string, fields = "", path = "/"): string =>
  `GET http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;
const v4 = (address: string) => ({ address, family: 4 as const });

test("a name that no rule allows, or one denies, is never looked up, by any door and spelling", async () => {
  await using gateway = await startGateway({
    config: {
      allow: [
        allow("*.example.org", 80),
        allow("*.example.org", 443, { scheme: "https" }),
        allow("get.example.net", 80, { methods: ["GET"], paths: ["/public/**"] }),
      ],
      deny: [{ host: "secret.example.org", ports: [], scheme: "https" }],
    },
  });
  const data = Buffer.from("exfiltrated").toString("hex");
  for (const host of [
    `${data}.evil.example`,
    "example.org",
    "secret.example.org",
    "a.example.org:8080",
  ])
    expect(codeOf(await ask(gateway, get(host))), host).toBe("host-not-allowed");
  for (const host of [`${data}.evil.example:443`, "secret.example.org:443", "a.example.org:22"])
    expect(codeOf((await connectTo(gateway, host)).answer), host).toBe("host-not-allowed");
  for (const host of [
    `${data}.example.org.`,
    `a.example.org%00.evil.example`,
    "evil.example\0.example.org",
  ])
    expect(statusOf(await ask(gateway, get(host))), host).toBeGreaterThanOrEqual(400);
  expect(codeOf(await ask(gateway, get("get.example.net")))).toBe("request-not-allowed");
  expect(codeOf(await ask(gateway, get("a.example.org", "Cookie: a=b\r\n")))).toBe(
    "foreign-credential",
  );
  expect(gateway.lookups).toEqual([]);
});

test("a tunnel alone looks nothing up: the name is asked for with the first request inside", async () => {
  await using gateway = await startGateway({
    config: { allow: [allow("*.example.org", 443, { scheme: "https" })] },
  });
  expect(statusOf((await connectTo(gateway, "a.example.org:443")).answer)).toBe(200);
  expect(gateway.lookups).toEqual([]);
});

test.each([
  ["one private address among public ones", [v4("93.184.215.14"), v4("10.0.0.1")]],
  [
    "one mapped address among public ones",
    [v4("93.184.215.14"), { address: "::ffff:7f00:1", family: 6 as const }],
  ],
  ["the metadata service", [v4("169.254.169.254")]],
  ["a translated loopback", [{ address: "64:ff9b::7f00:1", family: 6 as const }]],
  ["where a chain of aliases ends in this machine", [v4("127.0.0.1")]],
  ["what is no address at all", [v4("localhost")]],
])("an answer with %s is refused whole", async (_name, addresses) => {
  await using gateway = await startGateway({
    config: { allow: [allow("*.example.org", 80)] },
    resolve: async () => addresses,
  });
  expect(codeOf(await ask(gateway, get("a.example.org")))).toBe("address-not-allowed");
});

test("a name is looked up once for a connection, and what the second answer says changes nothing of the first", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  const answers = [[v4("127.0.0.1")], [v4("10.0.0.1")]];
  await using gateway = await startGateway({
    config: { allow: [allow("localhost", upstream.port)] },
    resolve: async () => answers.shift() ?? [],
  });
  const host = `localhost:${upstream.port}`;
  const request = get(host);
  expect(statusOf(await ask(gateway, request))).toBe(200);
  // The connection that stands was checked; it needs no name.
  expect(statusOf(await ask(gateway, request))).toBe(200);
  expect(gateway.lookups).toEqual(["localhost"]);
  for (const socket of upstream.sockets) socket.destroy();
  await upstream.until(() => upstream.sockets.every(({ destroyed }) => destroyed));
  const later = await ask(gateway, get(host, "Connection: close\r\n"));
  expect(codeOf(later)).toBe("address-not-allowed");
  expect(gateway.lookups).toEqual(["localhost", "localhost"]);
  expect(upstream.sockets).toHaveLength(1);
});

test("a wildcard covers no resolver over https, and no question of DNS; its own name in a rule does", async () => {
  const found = [v4("10.0.0.1")];
  await using gateway = await startGateway({
    config: {
      allow: [allow("*.quad9.net", 80), allow("*.example.org", 80), allow("dns.google", 80)],
    },
    resolve: async () => found,
  });
  expect(codeOf(await ask(gateway, get("dns.quad9.net")))).toBe("host-not-allowed");
  for (const field of [
    "Accept: application/dns-message",
    "Content-Type: application/DNS-message",
    "Accept: text/html, application/dns-json;q=0.9",
  ])
    expect(codeOf(await ask(gateway, get("a.example.org", `${field}\r\n`))), field).toBe(
      "request-not-allowed",
    );
  expect(gateway.lookups).toEqual([]);
  // These get as far as the address, which is refused.
  expect(codeOf(await ask(gateway, get("www.quad9.net")))).toBe("address-not-allowed");
  expect(codeOf(await ask(gateway, get("dns.google", "Accept: application/dns-message\r\n")))).toBe(
    "address-not-allowed",
  );
  expect(gateway.lookups).toEqual(["www.quad9.net", "dns.google"]);
});

test("names that nobody answers for hold up neither other zones nor each other without end", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  let running = 0;
  let most = 0;
  await using gateway = await startGateway({
    config: { allow: [allow("*.example.org", 80), allow("localhost", upstream.port)] },
    resolve: (host) => {
      if (host === "localhost") return Promise.resolve([v4("127.0.0.1")]);
      running += 1;
      most = Math.max(most, running);
      return new Promise(() => undefined);
    },
    limits: { dialMs: 300 },
  });
  const flood = Array.from({ length: 400 }, (_none, index) =>
    ask(gateway, get(`n${index}.example.org`)),
  );
  expect(statusOf(await ask(gateway, get(`localhost:${upstream.port}`)))).toBe(200);
  const codes = (await Promise.all(flood)).map(codeOf);
  expect(new Set(codes)).toEqual(new Set(["upstream-unreachable"]));
  expect(most).toBe(1);
});

test("a name that is asked for by many at once is looked up once", async () => {
  let answer: (() => void) | undefined;
  await using gateway = await startGateway({
    config: { allow: [allow("*.example.org", 80)] },
    resolve: () =>
      new Promise((resolve) => {
        answer = () => resolve([v4("10.0.0.1")]);
      }),
  });
  const asked = Array.from({ length: 20 }, () => ask(gateway, get("a.example.org")));
  while (gateway.gateway.stats().active < 20) await new Promise(setImmediate);
  answer?.();
  for (const text of await Promise.all(asked)) expect(codeOf(text)).toBe("address-not-allowed");
  expect(gateway.lookups).toEqual(["a.example.org"]);
});
