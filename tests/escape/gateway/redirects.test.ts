/** Class 7: an answer that sends elsewhere is handed on as it is; the gateway goes nowhere, and the secret stays. */
import { expect, test } from "vitest";
import { absolute, ask } from "../../support/attack.ts";
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
  [301, "http://127.0.0.1:PORT/stolen"],
  [302, "http://169.254.169.254/latest/meta-data/"],
  [303, "//127.0.0.1:PORT/"],
  [307, "https://evil.example/"],
  [308, "http://localhost:PORT/"],
])("a %d to %s is the agent's to follow, and is judged anew", async (status, location) => {
  await using other = await startUpstream({ answer: answerOk });
  const target = location.replace("PORT", String(other.port));
  await using upstream = await startUpstream({
    answer: (socket) => {
      socket.write(
        `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${target}\r\nRefresh: 0;url=${target}\r\nContent-Length: 0\r\n\r\n`,
      );
    },
  });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const answer = await ask(gateway, absolute(upstream, "GET /v1/messages", [key]));
  expect(statusOf(answer)).toBe(status);
  expect(answer).toContain(`Location: ${target}\r\n`);
  expect(other.sockets).toHaveLength(0);
  expect(gateway.lookups).toEqual([]);
  const followed = await ask(gateway, absolute(other, "GET /stolen", [key]));
  expect(codeOf(followed)).toBe("host-not-allowed");
  expect(other.sockets).toHaveLength(0);
});

test("who follows to a host that is allowed brings neither secret nor placeholder there", async () => {
  await using other = await startUpstream({ answer: answerOk });
  await using upstream = await startUpstream({ answer: answerOk });
  await using gateway = await startGateway({
    config: {
      credentials: [credentialFor(upstream.port)],
      allow: [allow("127.0.0.1", other.port)],
    },
  });
  expect(codeOf(await ask(gateway, absolute(other, "GET /", [key])))).toBe("blocked-value");
  expect(statusOf(await ask(gateway, absolute(other, "GET /")))).toBe(200);
  expect(other.received.join("")).not.toMatch(new RegExp(`${testSecret}|${testPlaceholder}`));
});

test("the secret in a place to go to is starred", async () => {
  await using upstream = await startUpstream({
    answer: (socket) => {
      socket.write(
        `HTTP/1.1 302 Found\r\nLocation: https://evil.example/?t=${testSecret}\r\nContent-Length: 0\r\n\r\n`,
      );
    },
  });
  await using gateway = await startGateway({
    config: { credentials: [credentialFor(upstream.port)] },
  });
  const answer = await ask(gateway, absolute(upstream, "GET /v1/messages", [key]));
  expect(answer).toContain("https://evil.example/?t=***");
  expect(answer).not.toContain(testSecret);
});
