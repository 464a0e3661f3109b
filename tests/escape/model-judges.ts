/** What the other models' services could do for a hijacked agent: every request that would make them act is sent from inside of a bottle. */
import { upstreamAddress } from "../support/target.ts";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestBottle, TestHome } from "../support/bottle.ts";
import { geminiBase, geminiFetchers } from "../support/gemini-fetchers.ts";
import { chatFetchers, openaiBase, openaiFetchers } from "../support/openai-fetchers.ts";

interface Question {
  readonly api: "openai" | "gemini";
  readonly path: string;
  readonly body: object;
}

interface Answer {
  readonly status: number;
  readonly code: string | null;
}

/** Asks everything that comes on standard input, with the placeholders, as the agent would. */
const askAll = `
let text = "";
process.stdin.on("data", (part) => (text += part)).on("end", async () => {
  const env = process.env;
  const answers = [];
  for (const { api, path, body } of JSON.parse(text)) {
    const base = api === "openai" ? env.OPENAI_BASE_URL : env.GOOGLE_GEMINI_BASE_URL;
    const answer = await fetch(base + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(api === "openai"
          ? { authorization: "Bearer " + env.OPENAI_API_KEY }
          : { "x-goog-api-key": env.GEMINI_API_KEY }),
      },
      body: JSON.stringify(body),
    });
    await answer.arrayBuffer();
    answers.push({ status: answer.status, code: answer.headers.get("x-claude-bottle") });
  }
  console.log(JSON.stringify(answers));
});`;

const openai =
  (path: string) =>
  (body: object): Question => ({ api: "openai", path, body });
const gemini = (body: object): Question => ({
  api: "gemini",
  path: "/v1beta/models/gemini-2.5-flash:generateContent",
  body,
});

export function modelJudges(rung: RungName): void {
  describe(`a hijacked agent and the services of other models on the rung ${rung}`, () => {
    let home: TestHome;
    let run: TestBottle;
    const services: Server[] = [];
    const seen: string[] = [];

    async function service(name: string): Promise<string> {
      const server = createServer((request, response) => {
        seen.push(name);
        request.resume().on("end", () => response.end("{}"));
      });
      services.push(server);
      await new Promise<void>((done) => {
        server.listen(0, upstreamAddress(), done);
      });
      return `http://${upstreamAddress()}:${(server.address() as AddressInfo).port}`;
    }

    beforeAll(async () => {
      home = await openTestHome({
        A_KEY: "sk-escape-0123456789abcdef",
        B_KEY: "AIza-escape-0123456789",
      });
      const credentials = [
        { preset: "openai", url: await service("openai"), secret: "env:A_KEY" },
        { preset: "gemini", url: await service("gemini"), secret: "env:B_KEY" },
      ];
      run = await startTestBottle({ home, bottle: { rung, credentials } });
      await run.bottle.started;
    });

    afterAll(async () => {
      await run[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
      for (const server of services) server.close();
    });

    async function ask(questions: readonly Question[]): Promise<readonly Answer[]> {
      const result = await run.bottle.exec(["node", "-e", askAll], JSON.stringify(questions));
      return JSON.parse(result.stdout) as readonly Answer[];
    }

    it("asks harmless questions, which reach them", async () => {
      const answers = await ask([openai("/responses")(openaiBase), gemini(geminiBase)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(seen.splice(0)).toEqual(["openai", "gemini"]);
    });

    it("cannot make them fetch, run or read: not a byte reaches a service", async () => {
      const questions = [
        ...openaiFetchers.map(([, body]) => openai("/responses")(body)),
        ...openaiFetchers.map(([, body]) => openai("/responses/compact")(body)),
        ...chatFetchers.map(([, body]) => openai("/chat/completions")(body)),
        ...geminiFetchers.map(([, body]) => gemini(body)),
      ];
      const answers = await ask(questions);
      for (const [index, { code }] of answers.entries())
        expect(code, JSON.stringify(questions[index])).toBe("server-side-fetch");
      expect(answers.map(({ status }) => status)).toEqual(
        questions.map(({ api }) => (api === "openai" ? 400 : 403)),
      );
      expect(seen).toEqual([]);
    });

    it("cannot use the rest of an account", async () => {
      const answers = await ask([
        ...[
          "/files",
          "/assistants",
          "/vector_stores",
          "/fine_tuning/jobs",
          "/conversations",
          "/batches",
          "/images/generations",
          "/responses/resp_1/cancel",
        ].map((path) => openai(path)({})),
        ...[
          "/v1beta/cachedContents",
          "/upload/v1beta/files",
          "/v1beta/models/x:batchGenerateContent",
          "/v1beta/interactions",
          "/v1beta/tunedModels",
          "/v1beta/models/x:generateContent?key=AIzaOther",
        ].map((path) => ({ ...gemini({}), path })),
      ]);
      for (const answer of answers)
        expect(answer).toEqual({ status: 403, code: "credential-rule" });
      expect(seen).toEqual([]);
    });
  });
}
