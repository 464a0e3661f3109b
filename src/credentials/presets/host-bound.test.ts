/** Credentials of any one host at a real gateway: how the placeholder is shown, and what the service gets. */
import { describe, expect, it } from "vitest";
import { codeOf, isAnswer, startGateway, statusOf } from "../../../tests/support/gateway.ts";
import { startUpstream } from "../../../tests/support/upstream.ts";
import type { RawUpstream } from "../../../tests/support/upstream.ts";
import type { BasicCredential, CredentialSpec, QueryCredential } from "../../manifest/manifest.ts";
import { compileCredential } from "../compile.ts";

const secret = "s3cret-value-0123456789";
const placeholder = "claude-bottle-placeholder-header-0123456789";
const ref = { text: "env:X", source: { kind: "env", variable: "X" } } as const;
const place = { secret: ref, host: "127.0.0.1", scheme: "http" } as const;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const echo = (): Promise<RawUpstream> =>
  startUpstream({
    answer: (socket, received) => {
      if (!received.endsWith("\r\n\r\n")) return;
      const told = received.slice(received.lastIndexOf("GET "));
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${told.length}\r\n\r\n${told}`);
    },
  });

/** One request by the proxy door: its head at the service, and the answer. */
async function ask(
  upstream: RawUpstream,
  spec: (port: number) => CredentialSpec,
  target: string,
  fields: readonly string[],
): Promise<{ readonly head: string; readonly answer: string }> {
  const credentials = compileCredential(spec(upstream.port), secret, placeholder);
  await using bottle = await startGateway({ config: { credentials } });
  const client = bottle.open();
  const at = `127.0.0.1:${upstream.port}`;
  client.send(
    `GET http://${at}${target} HTTP/1.1\r\n${[`Host: ${at}`, ...fields].join("\r\n")}\r\n\r\n`,
  );
  const answer = await client.until(isAnswer);
  return { head: upstream.received.join(""), answer };
}

describe("a basic credential", () => {
  const spec =
    (template: string) =>
    (port: number): BasicCredential => ({ kind: "basic", ...place, ports: [port], template });

  it.each([
    ["me:{secret}", `me:${secret}`],
    ["{secret}:", `${secret}:`],
    [":{secret}", `:${secret}`],
  ])("written as %s sends user and password", async (template, pair) => {
    await using upstream = await echo();
    for (const shown of [`Basic ${base64(`x:${placeholder}`)}`, `Bearer ${placeholder}`]) {
      const { head, answer } = await ask(upstream, spec(template), "/a", [
        `Authorization: ${shown}`,
      ]);
      expect(statusOf(answer)).toBe(200);
      expect(head).toContain(`authorization: Basic ${base64(pair)}\r\n`);
      // The service's echo shows neither form.
      for (const form of [secret, base64(pair)]) expect(answer).not.toContain(form);
    }
  });

  it("is refused to who does not hold the placeholder", async () => {
    await using upstream = await echo();
    const shown = [`Authorization: Basic ${base64("me:guess")}`];
    const { head, answer } = await ask(upstream, spec("me:{secret}"), "/a", shown);
    expect([codeOf(answer), head]).toEqual(["placeholder-missing", ""]);
  });

  it("takes a secret that is both only where it is both", () => {
    const both = spec("{secret}")(1);
    expect(compileCredential(both, `me:${secret}`, placeholder)[0].set).toEqual([
      { name: "authorization", value: `Basic ${base64(`me:${secret}`)}` },
    ]);
    const refused = { code: "E_CREDENTIAL_SECRET" };
    expect(() => compileCredential(both, secret, placeholder)).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => compileCredential(spec("{secret}:")(1), "a:b:c:d:e", placeholder)).toThrow(
      expect.objectContaining(refused),
    );
  });
});

describe("a query credential", () => {
  const spec = (port: number): QueryCredential => ({
    kind: "query",
    ...place,
    ports: [port],
    parameter: "key",
    paths: ["/a"],
  });

  it("sends the parameter in place of the agent's own", async () => {
    await using upstream = await echo();
    const { head, answer } = await ask(upstream, spec, `/a?x=1&key=${placeholder}`, []);
    expect(head).toContain(`GET /a?x=1&key=${secret} HTTP/1.1\r\n`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).not.toContain(secret);
  });

  it.each([
    ["another path", `/b?key=${placeholder}`, "credential-rule"],
    ["another key", "/a?key=of-somebody-else", "placeholder-missing"],
  ])("refuses %s", async (_what, target, code) => {
    await using upstream = await echo();
    const { head, answer } = await ask(upstream, spec, target, []);
    expect([codeOf(answer), head]).toEqual([code, ""]);
  });
});

describe("a WebSocket to a host that has a credential", () => {
  const key = Buffer.alloc(16, 1).toString("base64");
  const asking = [
    `Authorization: Bearer ${placeholder}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
  ];
  const spec =
    (websocket: boolean | undefined) =>
    (port: number): CredentialSpec => ({
      kind: "header",
      ...place,
      ports: [port],
      header: "authorization",
      template: "Bearer {secret}",
      ...(websocket !== undefined && { websocket }),
    });

  it("is asked for with the secret where the manifest says so", async () => {
    await using upstream = await echo();
    const { head } = await ask(upstream, spec(true), "/live", asking);
    expect(head).toMatch(/^GET \/live HTTP\/1\.1\r\n/);
    expect(head).toContain(`Bearer ${secret}\r\n`);
    expect(head.toLowerCase()).toContain("\r\nupgrade: websocket\r\n");
  });

  it.each([undefined, false])("is refused where it says %s", async (websocket) => {
    await using upstream = await echo();
    const { head, answer } = await ask(upstream, spec(websocket), "/live", asking);
    expect([statusOf(answer), codeOf(answer), head]).toEqual([426, "upgrade-not-supported", ""]);
  });
});
