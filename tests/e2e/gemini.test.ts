/** The real gemini-cli in a bottle, talking to a scripted model through the gateway. */
import { describe, expect, it } from "vitest";
import { openScene } from "./support/cli.ts";
import { modelManifest, openFakeModel, strays } from "./support/fake-model.ts";

const key = "AIza-e2e-0123456789abcdefghijklmnopqrs";
/** The first download is 21 MB. */
const patience = { timeout: 300_000 };
const flash = ["--", "-m", "gemini-2.5-flash"];

/** One chunk of an answer (API reference, "GenerateContentResponse"). */
function turn(part: object): readonly object[] {
  return [
    {
      candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }],
      usageMetadata: {
        promptTokenCount: 20,
        cachedContentTokenCount: 5,
        candidatesTokenCount: 7,
        totalTokenCount: 27,
      },
      modelVersion: "gemini-2.5-flash",
    },
  ];
}

const called = (name: string, args: object): object => ({ functionCall: { id: "c1", name, args } });

describe("gemini-cli in a bottle", () => {
  it(
    "asks the model with the real key, runs a tool inside, and answers; nothing else leaves",
    patience,
    async () => {
      const command = 'echo "tool ran in $PWD"; env; touch made-by-gemini';
      await using model = await openFakeModel((index) =>
        index === 0
          ? turn(called("run_shell_command", { command, description: "x" }))
          : turn({ text: "All is done." }),
      );
      await using scene = await openScene(modelManifest("gemini", "gemini", model.url), {
        E2E_KEY: key,
      });
      const end = await scene.start([
        "--headless",
        "--yes",
        "--prompt",
        "--do the script",
        ...flash,
      ]);
      expect(end, end.stderr).toMatchObject({ code: 0 });
      expect(end.stdout).toContain("All is done.");
      const line = "POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
      expect(model.requests.map((one) => one.line)).toEqual([line, line]);
      for (const { headers } of model.requests) expect(headers["x-goog-api-key"]).toBe(key);
      expect(JSON.stringify(model.requests[0]?.body)).toContain("--do the script");
      const told = JSON.stringify(model.requests[1]?.body);
      expect(told).toContain("tool ran in /work/workspace");
      expect(told).not.toContain(key);
      expect(strays(await scene.audit())).toEqual([]);
      expect(JSON.parse(await scene.record("receipt.json"))).toMatchObject({
        tokens: { input: 30, cacheRead: 10, output: 14 },
      });
    },
  );

  it("is told why the service's own search is refused", patience, async () => {
    await using model = await openFakeModel((index) =>
      index === 0 ? turn(called("google_web_search", { query: "x" })) : turn({ text: "So be it." }),
    );
    await using scene = await openScene(modelManifest("gemini", "gemini", model.url), {
      E2E_KEY: key,
    });
    const end = await scene.start(["--headless", "--yes", "--prompt", "x", ...flash]);
    expect(end.code, end.stderr).toBe(0);
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain("serverTools: [google_search]");
    for (const { body } of model.requests)
      expect(JSON.stringify(body["tools"])).not.toContain("googleSearch");
    expect((await scene.audit()).map(({ code }) => code)).toContain("server-side-fetch");
  });
});
