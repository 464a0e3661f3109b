/** How the gateway ends when it is asked to. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { allow, startGateway } from "../../tests/support/gateway.ts";
import { answerOk, startUpstream } from "../../tests/support/upstream.ts";

const get = (port: number): string =>
  `GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;

test("a drain takes no more connections, ends those that rest, and waits for the request in flight", async () => {
  let release = (): void => undefined;
  await using upstream = await startUpstream({
    answer: (socket, received) => {
      release = () => answerOk(socket, received);
    },
  });
  await using bottle = await startGateway({
    config: { allow: [allow("localhost", upstream.port)] },
  });
  const resting = bottle.open();
  const busy = bottle.open();
  busy.send(get(upstream.port));
  await upstream.until(() => upstream.received[0]?.endsWith("\r\n\r\n") === true);
  let over = false;
  const drained = bottle.gateway.drain(60_000).then(() => {
    over = true;
  });
  await resting.ended;
  const late = connect(bottle.path);
  const refused = await new Promise<NodeJS.ErrnoException>((resolve) => late.on("error", resolve));
  expect(["ENOENT", "ECONNREFUSED"]).toContain(refused.code);
  expect(over).toBe(false);
  release();
  expect(await busy.ended).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*ok$/);
  await drained;
});

test("a drain ends what is still open at its deadline", async () => {
  await using upstream = await startUpstream({ answer: () => undefined });
  await using bottle = await startGateway({
    config: { allow: [allow("localhost", upstream.port)] },
  });
  const busy = bottle.open();
  busy.send(get(upstream.port));
  await upstream.until(() => upstream.received[0]?.endsWith("\r\n\r\n") === true);
  await bottle.gateway.drain(50);
  expect(await busy.ended).toBe("");
});
