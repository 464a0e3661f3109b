/** A mistyped word is answered with the nearest that there is, wherever it stands. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openScene } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

describe("a mistyped", () => {
  it.each([
    ["command", ["strat"], "did you mean `start`?"],
    ["command with letters swapped", ["dcotor"], "did you mean `doctor`?"],
    ["flag", ["start", "--headles"], "did you mean --headless?"],
    ["flag of two words", ["start", "--dryrun"], "did you mean --dry-run?"],
    ["value of a flag", ["ps", "--format", "jsn"], 'did you mean "json"?'],
    ["word of a few", ["completion", "bsh"], 'did you mean "bash"?'],
    ["subject", ["bench", "bot"], 'did you mean "boot"?'],
  ])("%s", async (_name, args, answer) => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const result = await scene.run(args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(answer);
    expect(result.stderr).toContain("error E_USAGE: ");
  });

  it.each([
    ["rung", ["--rung", "namespce"], 'Did you mean "namespace"?'],
    ["agent", ["e2f"], 'Did you mean "e2e"?'],
  ])("%s", async (_name, args, answer) => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    const result = await scene.start([...args, "--dry-run", "--prompt", "true"]);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain(answer);
  });

  it("bottle's id", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    await mkdir(join(scene.stateHome, "claude-bottle/claude-x7k2p"), { recursive: true });
    const { stderr } = await scene.run(["logs", "claude-x7k2q"]);
    expect(stderr).toContain('Did you mean "claude-x7k2p"?');
  });

  it("word that is near to nothing is not guessed at", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    for (const args of [["xylophone"], ["completion", "xylophone"]])
      expect((await scene.run(args)).stderr).not.toContain("did you mean");
  });
});
