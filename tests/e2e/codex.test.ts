/** The real codex in a bottle, talking to a scripted model through the gateway. */
import { describe, expect, it } from "vitest";
import { openScene } from "./support/cli.ts";
import { modelManifest, openFakeModel, strays } from "./support/fake-model.ts";

const key = "sk-e2e-0123456789abcdefghijklmnopqrstuvwxyz";
/** The first download is 167 MB. */
const patience = { timeout: 600_000 };

const usage = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 5 },
  output_tokens: 7,
  total_tokens: 27,
};

/** One item of an answer (API reference, "Streaming events"). */
function turn(item: object): readonly object[] {
  const response = { id: "resp_1", object: "response", output: [item], usage };
  return [
    { type: "response.created", response: { id: "resp_1" } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response },
  ];
}

const said = (text: string): object => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  content: [{ type: "output_text", text, annotations: [] }],
});
const ran = (cmd: string): object => ({
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "exec_command",
  arguments: JSON.stringify({ cmd }),
});

describe("codex in a bottle", () => {
  it(
    "asks the model with the real key, runs a tool inside, and answers; nothing else leaves",
    patience,
    async () => {
      const command =
        'echo "tool ran in $PWD" && cat ~/.codex/config.toml && env && touch made-by-codex';
      await using model = await openFakeModel((index) =>
        index === 0 ? turn(ran(command)) : turn(said("All is done.")),
      );
      await using scene = await openScene(modelManifest("codex", "openai", model.url), {
        E2E_KEY: key,
      });
      const end = await scene.start([
        "--headless",
        "--yes",
        "--prompt",
        "--do the script",
        "--",
        "-m",
        "gpt-5",
      ]);
      expect(end, end.stderr).toMatchObject({ code: 0 });
      expect(end.stdout).toContain("All is done.");
      expect(model.requests.map(({ line }) => line)).toEqual([
        "POST /v1/responses",
        "POST /v1/responses",
      ]);
      for (const { headers } of model.requests)
        expect(headers["authorization"]).toBe(`Bearer ${key}`);
      const told = JSON.stringify(model.requests[1]?.body);
      expect(told).toContain("tool ran in /work/workspace");
      expect(JSON.stringify(model.requests[0]?.body)).toContain("--do the script");
      // What the tool saw came to the model, and the key was not in it.
      expect(told).toContain("OPENAI_API_KEY=claude-bottle-placeholder-api-key-");
      expect(told).not.toContain(key);
      expect(strays(await scene.audit())).toEqual([]);
      expect(JSON.parse(await scene.record("receipt.json"))).toMatchObject({
        tokens: { input: 30, cacheRead: 10, output: 14 },
      });
    },
  );

  it(
    "is told why the service's own search is refused, and the model hears nothing",
    patience,
    async () => {
      await using model = await openFakeModel(() => turn(said("never")));
      await using scene = await openScene(modelManifest("codex", "openai", model.url), {
        E2E_KEY: key,
      });
      const end = await scene.start([
        "--headless",
        "--yes",
        "--prompt",
        "x",
        "--",
        "-m",
        "gpt-5",
        "-c",
        "web_search=live",
      ]);
      expect(end.code).not.toBe(0);
      expect(end.stdout).toContain("serverTools: [web_search]");
      expect(model.requests).toEqual([]);
      expect((await scene.audit()).map(({ code }) => code)).toContain("server-side-fetch");
    },
  );
});
