/** An allowed service is no way around: a hijacked agent asks its model's API to fetch, and learns no secret from an echo. */
import { upstreamAddress } from "../support/target.ts";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestBottle, TestHome } from "../support/bottle.ts";
import { base, fetchers } from "../support/fetchers.ts";

const token = "sk-ant-oat01-escape-0123456789abcdefghij";
const key = "escape-header-secret-0123456789";

/** Posts what comes on standard input to the model, with the placeholder, as the agent would. */
const askModel = `
let body = "";
process.stdin.on("data", (part) => (body += part)).on("end", async () => {
  const answer = await fetch(process.env.ANTHROPIC_BASE_URL + "/v1/messages", {
    method: "POST",
    headers: { authorization: "Bearer " + process.env.CLAUDE_CODE_OAUTH_TOKEN, "content-type": "application/json" },
    body,
  });
  console.log(JSON.stringify({ status: answer.status, code: answer.headers.get("x-claude-bottle"), text: await answer.text() }));
});`;

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly text: string;
}

export function modelService(rung: RungName): void {
  describe(`a hijacked agent and its allowed services on the rung ${rung}`, () => {
    let home: TestHome;
    let run: TestBottle;
    let server: Server;
    let echoes: Server;
    let seen: IncomingMessage[];
    let echo: string;

    beforeAll(async () => {
      seen = [];
      const answer: RequestListener = (request, response) => {
        seen.push(request);
        request.resume().on("end", () => {
          // What an echo service does: it hands the injected secret back, whole and in pieces, plain and encoded.
          const { authorization = "", "x-api-key": header = "" } = request.headers;
          response.setHeader("x-echo", String(header));
          response.write(`${authorization} ${String(header).slice(0, 9)}`);
          setImmediate(() =>
            response.end(
              `${String(header).slice(9)} ${Buffer.from(String(header)).toString("base64")}`,
            ),
          );
        });
      };
      server = createServer(answer);
      echoes = createServer(answer);
      const host = upstreamAddress();
      for (const one of [server, echoes])
        await new Promise<void>((done) => one.listen(0, host, done));
      const [port, echoPort] = [server, echoes].map((one) => (one.address() as AddressInfo).port);
      echo = `http://${host}:${echoPort}/echo`;
      home = await openTestHome({ MODEL_TOKEN: token, HEADER_KEY: key });
      run = await startTestBottle({
        home,
        bottle: {
          rung,
          credentials: [
            {
              preset: "anthropic",
              url: `http://${host}:${port}`,
              secret: "env:MODEL_TOKEN",
            },
            {
              host: `${host}:${echoPort}`,
              scheme: "http",
              header: "X-Api-Key: {secret}",
              secret: "env:HEADER_KEY",
              paths: ["/echo"],
            },
          ],
        },
      });
      await run.bottle.started;
    });

    afterAll(async () => {
      await run[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
      server.close();
      echoes.close();
    });

    async function ask(body: unknown): Promise<Answer> {
      const result = await run.bottle.exec(["node", "-e", askModel], JSON.stringify(body));
      return JSON.parse(result.stdout) as Answer;
    }

    it("asks a harmless question, which reaches the model with the real token, and the answer without it", async () => {
      const before = seen.length;
      const answer = await ask(base);
      expect(answer.status).toBe(200);
      expect(seen.slice(before).map(({ headers }) => headers.authorization)).toEqual([
        `Bearer ${token}`,
      ]);
      expect(answer.text).not.toContain(token);
      expect(answer.text).toContain("Bearer ***");
    });

    it.each(fetchers)("cannot send %s: not a byte reaches the service", async (_name, body) => {
      const before = seen.length;
      const answer = await ask(body);
      expect(answer).toMatchObject({ status: 403, code: "server-side-fetch" });
      expect(JSON.parse(answer.text)).toMatchObject({
        type: "error",
        error: { type: "permission_error" },
      });
      expect(seen.length).toBe(before);
    });

    it.each([
      "/v1/files",
      "/v1/messages/batches",
      "/v1/organizations/api_keys",
      "/api/oauth/profile",
    ])("cannot use the token for %s", async (path) => {
      const before = seen.length;
      const script = `curl -s -o /dev/null -w '%{http_code} %header{x-claude-bottle}' -H "authorization: Bearer $CLAUDE_CODE_OAUTH_TOKEN" "$ANTHROPIC_BASE_URL${path}"`;
      const result = await run.bottle.exec(["sh", "-c", script]);
      expect(result.stdout).toMatch(/^403/);
      expect(seen.length).toBe(before);
    });

    it("gets its request through with the header of the owner's key, and never reads the key from an echo", async () => {
      const before = seen.length;
      const variable = '$(env | sed -n "s/^CLAUDE_BOTTLE_PLACEHOLDER_[A-Z0-9_]*=//p")';
      const script = `curl -s -i --noproxy '' -x "$http_proxy" -H "x-api-key: ${variable}" ${echo}`;
      const result = await run.bottle.exec(["sh", "-c", script]);
      expect(seen.slice(before).map(({ headers }) => headers["x-api-key"])).toEqual([key]);
      expect(result.stdout).toContain("200 OK");
      for (const form of [key, Buffer.from(key).toString("base64"), key.slice(9)])
        expect(result.stdout).not.toContain(form);
    });
  });
}
