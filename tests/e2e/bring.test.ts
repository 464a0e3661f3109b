/** Parts of the owner's Claude Code set-up in a bottle: what the real Claude Code makes of them, and what is left where it is. */
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planBottle } from "../../src/compose/sdk/start.ts";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";

async function openOwner(dir: string): Promise<void> {
  const claude = join(dir, ".claude");
  await Promise.all(
    ["commands", "skills/review", "skills/other"].map((name) =>
      mkdir(join(claude, name), { recursive: true }),
    ),
  );
  await mkdir(join(dir, ".ssh"), { recursive: true });
  await writeFile(join(dir, ".ssh/id_rsa"), "my private key\n");
  await writeFile(join(claude, "CLAUDE.md"), "The owner's word is marmalade.\n");
  await writeFile(
    join(claude, "settings.json"),
    JSON.stringify({ language: "german", env: { A: "b" }, hooks: {} }),
  );
  await writeFile(join(claude, "commands/greet.md"), "Say hello.\n");
  await writeFile(
    join(claude, "skills/review/SKILL.md"),
    "---\nname: review\ndescription: Looks at quinces.\n---\nLook.\n",
  );
  await symlink("../../../.ssh/id_rsa", join(claude, "skills/review/key"));
  await writeFile(
    join(dir, ".claude.json"),
    JSON.stringify({
      mcpServers: {
        web: {
          type: "http",
          url: "https://mcp.example.org/",
          headers: { Authorization: "Bearer abc" },
        },
      },
    }),
  );
  await writeFile(join(claude, ".credentials.json"), '{"secret":"mine"}');
}

const agent = { skills: ["review"], bring: ["memory", "settings", "commands", "mcp"] };

test("Claude Code reads what was brought, and nothing else of the owner's came along", async () => {
  await using home = await openTestHome({ E2E_TOKEN: `sk-ant-oat01-${"t".repeat(40)}` });
  await openOwner(home.home);
  const model = await startScriptedModel({
    token: `sk-ant-oat01-${"t".repeat(40)}`,
    turns: [{ kind: "text", text: "done" }],
  });
  try {
    const bottle = {
      credentials: [{ preset: "anthropic", secret: "env:E2E_TOKEN", url: model.url }],
    };
    await using run = await startTestBottle({
      home,
      bottle,
      provider: "claude",
      prompt: "Do the script.",
      agent,
    });
    const { record } = await run.bottle.ended;
    const seen = JSON.stringify(model.requests);
    expect(seen).toContain("marmalade");
    expect(seen).toContain("quinces");
    const inside = join(record, "home");
    const settings = JSON.parse(
      await readFile(join(inside, ".claude/settings.json"), "utf8"),
    ) as object;
    expect(settings).toMatchObject({ language: "german", skipWebFetchPreflight: true });
    expect(settings).not.toHaveProperty("env");
    expect(settings).not.toHaveProperty("hooks");
    expect(await readdir(join(inside, ".claude/skills"))).toEqual(["review"]);
    expect(await readdir(join(inside, ".claude/skills/review"))).toEqual(["SKILL.md"]);
    const claude = JSON.parse(await readFile(join(inside, ".claude.json"), "utf8")) as {
      mcpServers: object;
    };
    expect(claude.mcpServers).toEqual({ web: { type: "http", url: "https://mcp.example.org/" } });
    const plan = await readFile(join(record, "plan.json"), "utf8");
    for (const words of [
      "From your set-up come: CLAUDE.md",
      "settings env, hooks",
      "skills/review/key",
      "headers of the MCP server web",
    ])
      expect(plan).toContain(words);
  } finally {
    await model.close();
  }
}, 120_000);

test("the owner's own folder of settings counts", async () => {
  await using home = await openTestHome({ CLAUDE_CONFIG_DIR: "" });
  const chosen = join(home.dir, "chosen");
  await mkdir(chosen);
  await writeFile(join(chosen, "CLAUDE.md"), "chosen\n");
  const manifest = join(home.dir, "bottles.json");
  await writeFile(
    manifest,
    JSON.stringify({
      version: 1,
      bottles: { dev: {} },
      agents: { tester: { bottle: "dev", bring: ["memory"] } },
    }),
  );
  const host = { ...home.host, env: { ...home.host.env, CLAUDE_CONFIG_DIR: chosen } };
  const plan = await planBottle({ manifest, workspace: home.workspace, prompt: "x" }, host);
  expect(plan.hints.join()).toContain("From your set-up come: CLAUDE.md");
  const without = await planBottle({ manifest, workspace: home.workspace, prompt: "x" }, home.host);
  expect(without.hints.join()).not.toContain("CLAUDE.md");
});

test("an agent without such a set-up is refused what it cannot have", async () => {
  await using home = await openTestHome();
  await expect(startTestBottle({ home, agent })).rejects.toMatchObject({ code: "E_PLAN_BRING" });
});
