/** `prompt:` sources: asked on the terminal, shown nowhere, and known to the gateway alone. */
import { expect, it } from "vitest";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import { cliProgram, openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { token } from "./support/manifest.ts";
import { openTmux, quote } from "./support/tmux.ts";
import type { Tmux } from "./support/tmux.ts";

const patient = { timeout: 30_000, interval: 100 };

function manifest(url: string, env: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    version: 1,
    bottles: {
      e2e: {
        env,
        credentials: [
          { preset: "anthropic", url, secret: "prompt:Token of the model" },
          { host: "api.example.com", header: "X-Key: {secret}", secret: "prompt:The other key" },
        ],
      },
    },
    agents: { e2e: { bottle: "e2e", provider: "shell" } },
  });
}

/** Asks the model as Claude Code would, and says what came. */
const ask = `
  fetch(process.env.ANTHROPIC_BASE_URL + "/v1/messages", {
    method: "POST",
    headers: {
      authorization: "Bearer " + process.env.CLAUDE_CODE_OAUTH_TOKEN,
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "oauth-2025-04-20",
      "content-type": "application/json",
    },
    body: JSON.stringify({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "x" }] }),
  }).then((answer) => console.log("status " + answer.status + " for " + process.env.TICKET));`;

function openTerminal(scene: Scene): Promise<Tmux> {
  const where = ["--manifest", scene.manifest, "--workspace", scene.workspace];
  const agent = ["--", "/opt/claude-bottle/node", "-e", ask];
  const argv = [process.execPath, cliProgram, "start", "--headless", "--yes", ...where, ...agent];
  const name = `bottle-${scene.folder.split("-").at(-1) ?? ""}`;
  return openTmux(name, argv.map(quote).join(" "), scene.env, scene.workspace);
}

it("a secret that is asked for is typed unseen, and serves the gateway", async () => {
  await using model = await startScriptedModel({ turns: [{ kind: "text", text: "hi" }], token });
  await using scene = await openScene(manifest(model.url, { TICKET: "?Which ticket" }));
  await using terminal = await openTerminal(scene);
  await expect.poll(() => terminal.screen(), patient).toContain("Token of the model (not shown):");
  // A mistake is taken back; what is pasted after the line answers the next question.
  await terminal.type(`wrong`);
  await terminal.key("C-u");
  await terminal.type(`${token}x`);
  await terminal.key("BSpace");
  await terminal.type("\nthe-other-key-1234\n");
  await expect.poll(() => terminal.screen(), patient).toContain("Which ticket");
  await terminal.type("T-17");
  await terminal.key("Enter");
  await expect.poll(() => terminal.screen(), patient).toContain("status 200 for T-17");
  await expect.poll(() => terminal.exitCode(), patient).toBe(0);
  const screen = await terminal.screen();
  for (const typed of [token, "wrong", "the-other-key"]) expect(screen).not.toContain(typed);
});

it("Ctrl-C at the question starts nothing", async () => {
  await using scene = await openScene(manifest("http://127.0.0.1:9"));
  await using terminal = await openTerminal(scene);
  await expect.poll(() => terminal.screen(), patient).toContain("Token of the model (not shown):");
  await terminal.key("C-c");
  await expect.poll(() => terminal.exitCode(), patient).toBe(125);
  expect(await terminal.screen()).toContain("E_SECRET_MISSING");
  await expect(scene.record("state.json")).rejects.toThrow();
});

it("without a terminal it is an error at once, and no wait", async () => {
  await using scene = await openScene(manifest("http://127.0.0.1:9"));
  const end = await scene.start(["--headless", "--yes", "--prompt", "true"]);
  expect(end.code).toBe(125);
  expect(end.stderr).toContain("E_SECRET_MISSING");
  expect(end.stderr).toContain("prompt:Token of the model");
  await expect(scene.record("state.json")).rejects.toThrow();
});
