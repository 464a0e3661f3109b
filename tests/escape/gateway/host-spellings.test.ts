/** Classes 1, 4 and 5: one host has one spelling; every other is refused, also where it would be the same machine. */
import { expect, test } from "vitest";
import { ask, connectTo } from "../../support/attack.ts";
import { allow, codeOf, startGateway, statusOf } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";

const zero = "\0";

test.each([
  "127.1",
  "127.0.1",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0x7f.1",
  "017700000001",
  "0177.0.0.1",
  "127.0.0.01",
  "127.0.0.1.",
  "127.0.0.1%00.example.org",
  "%31%32%37.0.0.1",
  "①②⑦.0.0.1",
  "127。0。0。1",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]",
  "[::1]",
  "[::1%25lo]",
  "[::1%lo]",
  "[0:0:0:0:0:0:0:1]",
  "[127.0.0.1]",
  "::1",
  "localhost",
  "LOCALHOST.",
  "localhost.localdomain",
  "127.0.0.1.nip.io",
  "user@127.0.0.1",
  "127.0.0.1:80@127.0.0.1",
  "127.0.0.1@evil.example",
  "evil.example#@127.0.0.1",
  "evil.example\\@127.0.0.1",
  "127.0.0.1/..",
  `127.0.0.1${zero}.evil.example`,
  "127.0.0.1 ",
  "127.0.0.1\t",
  "0",
  "0.0.0.0",
])("%j is not the address 127.0.0.1 that a rule names", async (name) => {
  await using upstream = await startUpstream({ answer: answerOk });
  const { port } = upstream;
  await using gateway = await startGateway({
    config: {
      allow: [allow("127.0.0.1", port), allow("127.0.0.1", port, { scheme: "https" })],
    },
  });
  const host = Buffer.from(`${name}:${port}`, "utf8").toString("latin1");
  const plain = await ask(gateway, `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  expect(statusOf(plain)).toBeGreaterThanOrEqual(400);
  // By the right target and a Host of another spelling, and the other way round.
  const right = `127.0.0.1:${port}`;
  expect(
    statusOf(await ask(gateway, `GET http://${right}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
  ).toBeGreaterThanOrEqual(400);
  expect(
    statusOf(await ask(gateway, `GET http://${host}/ HTTP/1.1\r\nHost: ${right}\r\n\r\n`)),
  ).toBeGreaterThanOrEqual(400);
  expect(statusOf((await connectTo(gateway, host)).answer)).toBeGreaterThanOrEqual(400);
  expect(upstream.sockets).toHaveLength(0);
  expect(gateway.lookups).toEqual([]);
});

test.each([
  "a.example.org.",
  "a..example.org",
  ".example.org",
  "*.example.org",
  "-a.example.org",
  "a_b.example.org",
  "a.example.org%2eevil.example",
  "evil.example%00.example.org",
  `evil.example${zero}.example.org`,
  "evil.example\r\n.example.org",
  "evil.example/.example.org",
  "evil.example?.example.org",
  "evil.example;.example.org",
  "evil.example:443:a.example.org",
  "ａ.example.org",
  "a.exämple.org",
  "a.example.org:",
  "a.example.org:0",
  "a.example.org:00443",
  "a.example.org:443 ",
  "a.example.org:+443",
  "a.example.org:65979",
  "a.example.org:4294967739",
  "a.example.org:https",
  `${"a".repeat(64)}.example.org`,
  `${"a.".repeat(128)}example.org`,
])("%j is no name below *.example.org", async (name) => {
  await using gateway = await startGateway({
    config: {
      allow: [allow("*.example.org", 443, { scheme: "https" }), allow("*.example.org", 443)],
    },
  });
  const host = Buffer.from(/:\S*$/.test(name) ? name : `${name}:443`, "utf8").toString("latin1");
  expect(statusOf((await connectTo(gateway, host)).answer)).toBeGreaterThanOrEqual(400);
  expect(
    statusOf(await ask(gateway, `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
  ).toBeGreaterThanOrEqual(400);
  expect(gateway.lookups).toEqual([]);
});

test("names that only look like the one that is allowed are other names", async () => {
  await using gateway = await startGateway({
    config: { allow: [allow("example.org", 443, { scheme: "https" })] },
  });
  for (const host of [
    "notexample.org",
    "example.org.evil.example",
    "a.example.org",
    "example.or",
    "xn--exmple-cua.org",
    "examp1e.org",
  ])
    expect(codeOf((await connectTo(gateway, `${host}:443`)).answer), host).toBe("host-not-allowed");
  expect(statusOf((await connectTo(gateway, "EXAMPLE.ORG:443")).answer)).toBe(200);
});

test("CONNECT goes to no address, and to no port that no rule names", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: {
      allow: [
        allow("127.0.0.1", upstream.port, { scheme: "https" }),
        allow("localhost", 443, { scheme: "https" }),
      ],
    },
  });
  const refused = [
    [`127.0.0.1:${upstream.port}`, "address-tunnel"],
    ["93.184.215.14:443", "host-not-allowed"],
    ["[2606:4700::1111]:443", "host-not-allowed"],
    ["169.254.169.254:80", "host-not-allowed"],
    ["localhost:22", "host-not-allowed"],
    ["localhost:25", "host-not-allowed"],
    ["localhost", "bad-authority"],
    ["localhost:443/path", "bad-authority"],
    ["https://localhost:443", "bad-authority"],
    ["/localhost:443", "bad-authority"],
    ["*", "bad-authority"],
  ] as const;
  for (const [target, code] of refused)
    expect(codeOf((await connectTo(gateway, target)).answer), target).toBe(code);
  expect(upstream.sockets).toHaveLength(0);
});
