/** Class 18: an allowed host used with an account of the agent's own is a way out to whoever owns that account. */
import { expect, test } from "vitest";
import { absolute, ask, askInside, startTlsLab, tunnelTo } from "../../support/attack.ts";
import {
  allow,
  codeOf,
  credentialFor,
  startGateway,
  statusOf,
  testPlaceholder,
  testSecret,
} from "../../support/gateway.ts";
import { answerOk, startUpstream } from "../../support/upstream.ts";

const key = `x-api-key: ${testPlaceholder}`;

test.each([
  ["Authorization: Bearer attacker", "authorization"],
  ["authorization:", "authorization"],
  ["AUTHORIZATION: Basic dTpw", "authorization"],
  ["Cookie: session=attacker", "cookie"],
  ["X-Api-Key: attacker", "x-api-key"],
  ["X_Api_Key: attacker", "x_api_key"],
  ["apikey: attacker", "apikey"],
  ["X-Goog-Api-Key: attacker", "x-goog-api-key"],
  ["Private-Token: attacker", "private-token"],
  ["Job-Token: attacker", "job-token"],
  ["X-Amz-Security-Token: attacker", "x-amz-security-token"],
  ["X-Vault-Token: attacker", "x-vault-token"],
  ["X-Auth-Token: attacker", "x-auth-token"],
  ["CF-Access-Client-Secret: attacker", "cf-access-client-secret"],
  ["X-Sentry-Auth: Sentry sentry_key=a", "x-sentry-auth"],
  ["Sec-WebSocket-Protocol: chat, openai-insecure-api-key.attacker", "sec-websocket-protocol"],
])("%s to an allowed host is refused, and the refusal names it", async (field, name) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  const answer = await ask(gateway, absolute(upstream, "GET /", [field]));
  expect([statusOf(answer), codeOf(answer)]).toEqual([403, "foreign-credential"]);
  expect(answer).toContain(`the header ${name}`);
  expect(answer).toContain("foreignCredentials: allow");
  expect(answer).not.toContain("attacker");
  expect(upstream.sockets).toHaveLength(0);
});

const jwt = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln";

test.each([
  "GET /?access_token=a",
  "GET /?a=1&ACCESS%5fTOKEN=a",
  "GET /?a=1;access_token=a",
  "GET /?api-key=a",
  "GET /?private_token=a",
  `GET /?key=AIzaSyA0123456789012345678901234567890`,
  `GET /?token=${"0123456789".repeat(4)}`,
  "PUT /object?X-Amz-Signature=a&X-Amz-Credential=b",
  "POST /object?sv=2024-01-01&sig=a",
  `DELETE /object?jwt=${jwt}`,
])("%s is refused", async (line) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  const answer = await ask(gateway, absolute(upstream, line));
  expect([statusOf(answer), codeOf(answer)]).toEqual([403, "foreign-credential"]);
  expect(upstream.sockets).toHaveLength(0);
});

test.each([
  ["npm", "GET /left-pad", ["npm-command: install", "npm-auth-type: web", "pacote-version: 21"]],
  [
    "pip",
    "GET /simple/six/",
    ["Accept: application/vnd.pypi.simple.v1+json", "Cache-Control: max-age=0"],
  ],
  [
    "git",
    "GET /a.git/info/refs?service=git-upload-pack",
    ["Git-Protocol: version=2", "Pragma: no-cache"],
  ],
  ["curl", "GET /?key=name&token=42&page=2", ["Accept: */*"]],
  ["a download of a release", `GET /file?sp=r&sig=abc%3D&jwt=${jwt}`, ["Accept: */*"]],
  ["a presigned download", "GET /blob?X-Amz-Signature=a&X-Amz-Credential=b", ["Range: bytes=0-"]],
  [
    "a web page's form token",
    "GET /",
    ["X-CSRF-Token: a", "X-Requested-With: b", "sec-fetch-mode: cors"],
  ],
  ["a proxy's own login", "GET /", ["Proxy-Authorization: Basic dTpw"]],
])("%s goes on without a login", async (_name, line, fields) => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { allow: [allow("127.0.0.1", upstream.port)] },
  });
  expect(statusOf(await ask(gateway, absolute(upstream, line, fields)))).toBe(200);
  expect(upstream.received[0]).not.toMatch(/proxy-authorization/i);
});

test("foreignCredentials: allow lets them to that host, on the paths of its rule, and nowhere else", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  const { port } = upstream;
  const paths = ["/own/**"];
  await using gateway = await startGateway({
    config: {
      allow: [
        allow("127.0.0.1", port),
        allow("127.0.0.1", port, { paths, foreignCredentials: "allow" }),
      ],
    },
  });
  const fields = ["Authorization: Bearer own", "Cookie: a=b"];
  expect(
    statusOf(await ask(gateway, absolute(upstream, "GET /own/x?access_token=a", fields))),
  ).toBe(200);
  expect(upstream.received[0]).toContain("Authorization: Bearer own\r\nCookie: a=b\r\n");
  const other = await ask(gateway, absolute(upstream, "GET /other", fields));
  expect(codeOf(other)).toBe("foreign-credential");
});

test("inside of a tunnel it is refused alike, a login for a proxy too", async () => {
  await using lab = await startTlsLab();
  for (const field of [
    "Authorization: Bearer a",
    "Cookie: a=b",
    "Proxy-Authorization: Basic dTpw",
  ]) {
    const inner = await tunnelTo(lab.gateway, lab.host);
    const answer = await askInside(
      inner,
      `GET / HTTP/1.1\r\nHost: ${lab.host}\r\n${field}\r\n\r\n`,
    );
    expect(codeOf(answer), field).toBe("foreign-credential");
    inner.destroy();
  }
  expect(lab.reached()).toBe("");
});

test("beside the placeholder, whatever names another account does not reach the service", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const fields = [
    key,
    "Cookie: session=attacker",
    "X-Auth-Token: attacker",
    "Private_Token: attacker",
    "X-Goog-Api-Key: attacker",
    "Accept: application/json",
  ];
  expect(statusOf(await ask(gateway, absolute(upstream, "GET /v1/messages", fields)))).toBe(200);
  expect(upstream.received[0]).toContain(testSecret);
  expect(upstream.received[0]).toContain("Accept: application/json");
  expect(upstream.received[0]).not.toContain("attacker");
  const answer = await ask(gateway, absolute(upstream, "GET /v1/messages?access_token=a", [key]));
  expect(codeOf(answer)).toBe("foreign-credential");
  const protocol = "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.attacker";
  const other = await ask(gateway, absolute(upstream, "GET /v1/messages", [key, protocol]));
  expect(codeOf(other)).toBe("foreign-credential");
});

test("the parameter that carries a credential of the gateway's is its own", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  const query = { name: "api_key", value: testSecret };
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port, { query, set: [], strip: [] })] },
  });
  const own = await ask(gateway, absolute(upstream, `GET /v1/messages?api_key=${testPlaceholder}`));
  expect(statusOf(own)).toBe(200);
  expect(upstream.received[0]).toContain(`?api_key=${testSecret} `);
});

test("a placeholder that goes to another host is a value that may not leave", async () => {
  await using upstream = await startUpstream({ answer: answerOk });
  await using other = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: {
      credentials: [credentialFor(upstream.port)],
      allow: [allow("127.0.0.1", other.port, { foreignCredentials: "allow" })],
    },
  });
  const answer = await ask(
    gateway,
    absolute(other, "GET /", [`Authorization: Bearer ${testPlaceholder}`]),
  );
  expect(codeOf(answer)).toBe("blocked-value");
  expect(other.sockets).toHaveLength(0);
});
