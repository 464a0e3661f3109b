/** Class 3: a policy that is empty, cannot be used, or cannot be asked lets nothing out. */
import { expect, test } from "vitest";
import {
  absolute,
  ask,
  askInside,
  connectTo,
  startTlsLab,
  tunnelTo,
} from "../../support/attack.ts";
import { allow, codeOf, startGateway, statusOf } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";
import { checkManifest } from "../../../src/manifest/check-manifest.ts";
import { BottleErrors } from "../../../src/errors/error.ts";

test("an empty list, rules without ports, and rules of another scheme allow nothing", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  const none = { host: "127.0.0.1", ports: [], scheme: "http" } as const;
  for (const rules of [
    [],
    [none],
    [allow("127.0.0.1", upstream.port, { scheme: "https" })],
    [allow("127.0.0.1", upstream.port, { methods: [] })],
    [allow("127.0.0.1", upstream.port, { paths: [] })],
  ]) {
    await using gateway = await startGateway({ config: { allow: rules } });
    const answer = await ask(gateway, absolute(upstream, "GET /"));
    expect(statusOf(answer)).toBe(403);
    expect(statusOf((await connectTo(gateway, `127.0.0.1:${upstream.port}`)).answer)).toBe(403);
  }
  expect(upstream.sockets).toHaveLength(0);
});

test.each([
  ["nothing", ""],
  ["half a map", "version: 1\nbottles: {dev: {egress: {allow: [a.example"],
  ["a list that is a word", "version: 1\nbottles: {dev: {egress: {allow: everything}}}"],
  ["a star", 'version: 1\nbottles: {dev: {egress: {allow: ["*"]}}}'],
  ["a star for a whole country", 'version: 1\nbottles: {dev: {egress: {allow: ["*.com"]}}}'],
  ["an unknown key", "version: 1\nbottles: {dev: {egress: {allow: [], alow: [a.example]}}}"],
  ["an allow list twice", "version: 1\nbottles: {dev: {egress: {allow: [], allow: [a.example]}}}"],
  ["a rule that is nothing", "version: 1\nbottles: {dev: {egress: {allow: [null]}}}"],
])("a manifest of %s is no policy", (_name, text) => {
  expect(() => checkManifest("bottles.yaml", text)).toThrow(BottleErrors);
});

test("egress that is not written, or written empty, allows nothing", () => {
  for (const body of ["{}", "{egress: {}}", "{egress: {allow: []}}"])
    expect(
      checkManifest("m", `version: 1\nbottles: {dev: ${body}}`).bottles.get("dev")?.allow,
    ).toEqual([]);
});

test.each([
  ["rejects", () => Promise.reject(new Error("SERVFAIL"))],
  ["knows no address", async () => []],
  ["never answers", () => new Promise<never>(() => undefined)],
])("a resolver that %s leads to a refusal, and to no other way", async (_name, resolve) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { allow: [allow("localhost", upstream.port)] },
    resolve,
    limits: { dialMs: 200 },
  });
  const host = `localhost:${upstream.port}`;
  const answer = await ask(gateway, `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  expect(codeOf(answer)).toBe("upstream-unreachable");
  expect(upstream.sockets).toHaveLength(0);
});

test("a name that the bottle's authority cannot sign for is not tunnelled without it", async () => {
  await using lab = await startTlsLab({ names: ["*.example.org"] });
  const { client, answer } = await connectTo(lab.gateway, lab.host);
  expect(statusOf(answer)).toBe(200);
  client.send(Buffer.from("16030100", "hex"));
  await client.ended;
  expect(lab.gateway.audit.at(-1)?.code).toBe("no-certificate");
  expect(lab.reached()).toBe("");
});

test("another proxy on this machine is no way around: it is a host like any other", async () => {
  // Whatever is sent to it, the second proxy would fetch.
  await using proxy = await startUpstream({ answer: answerOk });
  await using lab = await startTlsLab();
  const at = `127.0.0.1:${proxy.port}`;
  const chained = `GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nVia: 1.1 ${at}\r\n\r\n`;
  expect(codeOf(await ask(lab.gateway, chained))).toBe("host-not-allowed");
  expect(codeOf((await connectTo(lab.gateway, at)).answer)).toBe("host-not-allowed");
  const inner = await tunnelTo(lab.gateway, lab.host);
  const nested = await askInside(inner, `CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n\r\n`);
  expect(statusOf(nested)).toBeGreaterThanOrEqual(400);
  expect(proxy.sockets).toHaveLength(0);
  expect(lab.reached()).toBe("");
});
