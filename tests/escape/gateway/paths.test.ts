/** Class 14: where a rule looks at method and path, there is one way to read them. */
import { expect, test } from "vitest";
import { absolute, ask } from "../../support/attack.ts";
import { allow, codeOf, startGateway, statusOf } from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";

test.each([
  "/public/../admin",
  "/public/%2e%2e/admin",
  "/public/.%2e/admin",
  "/public/..%2fadmin",
  "/public/..;/admin",
  "/public/%2e%2e;x=1/admin",
  "/public/..%5cadmin",
  "/public/%252e%252e/admin",
  "/public/%c0%ae%c0%ae/admin",
  "/public/%ef%bc%8e%ef%bc%8e/admin",
  "/public//../admin",
  "/public/./../admin",
  "//admin",
  "/public/%00/../admin",
  "/public/%0d%0aX",
  "/public%2f..%2fadmin",
  "/./admin",
  "/admin",
  "/ADMIN",
  "/admin/",
  "/admin;x",
  "/%61dmin",
  "/publi%63x/admin",
])(
  "%s is not below /public/, which alone is allowed, nor beside /public/secret, which is denied",
  async (path) => {
    await using upstream = await startUpstream({ answer: answerOk });
    const { port } = upstream;
    await using gateway = await startGateway({
      config: { allow: [allow("127.0.0.1", port, { paths: ["/public/**"] })] },
    });
    expect(statusOf(await ask(gateway, absolute(upstream, `GET ${path}`)))).toBe(403);
    expect(upstream.sockets).toHaveLength(0);
  },
);

test.each([
  "/secret",
  "/SECRET",
  "/secret/",
  "/secret;a=b",
  "/%73ecret",
  "/a/../secret",
  "//secret",
  "/secret/x",
  "/secret%2fx",
])("%s is denied where /secret is", async (path) => {
  await using upstream = await startUpstream({ answer: answerOk });
  const { port } = upstream;
  await using gateway = await startGateway({
    config: {
      allow: [allow("127.0.0.1", port)],
      deny: [{ host: "127.0.0.1", ports: [], scheme: "https", paths: ["/secret", "/secret/**"] }],
    },
  });
  const answer = await ask(gateway, absolute(upstream, `GET ${path}`));
  expect(codeOf(answer)).toMatch(/request-not-allowed|ambiguous-path/);
  expect(upstream.sockets).toHaveLength(0);
});

test("a method is what its line says: no field, parameter or case makes it another", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  const { port } = upstream;
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", port, { methods: ["GET"] })] },
  });
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ["DELETE /", []],
    ["PUT /", []],
    ["GETX /", []],
    ["GET /", ["X-HTTP-Method-Override: DELETE"]],
    ["GET /", ["X-Method-Override: DELETE"]],
    ["GET /", ["X_HTTP_METHOD: DELETE"]],
    ["GET /", ["X-Original-URL: /admin"]],
    ["GET /", ["X-Rewrite-URL: /admin"]],
    ["GET /?_method=DELETE", []],
    ["GET /?a=b&%5Fmethod=DELETE", []],
  ];
  for (const [line, fields] of refused)
    expect(statusOf(await ask(gateway, absolute(upstream, line, fields))), line).toBe(403);
  expect(upstream.sockets).toHaveLength(0);
});
