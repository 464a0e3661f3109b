import { describe, expect, it } from "vitest";
import { withDaemon } from "../support/docker/suite.ts";
import { openScene } from "./support/cli.ts";

const daemon = withDaemon({ networks: true });

const shell = `version: 1
bottles: {dev: {rung: runc, link: network}}
agents: {me: {bottle: dev, provider: shell}}
`;

async function networks(): Promise<readonly string[]> {
  const query = { filters: JSON.stringify({ label: ["claude-bottle.id"] }) };
  const found = await daemon().engine.call("GET", "/networks", { query });
  return (found as readonly { readonly Name: string }[]).map(({ Name }) => Name);
}

async function containers(): Promise<readonly unknown[]> {
  const found = await daemon().engine.call("GET", "/containers/json", { query: { all: "1" } });
  return found as readonly unknown[];
}

describe("the rung runc with the link network", () => {
  it("runs an agent behind a gateway of its own, and leaves no container and no network", async () => {
    await using scene = await openScene(shell);
    const result = await scene.start(["--headless", "--yes", "--prompt", "echo out; exit 7"]);
    expect(result).toMatchObject({ code: 7, stdout: "out\n" });
    expect(await containers()).toEqual([]);
    expect(await networks()).toEqual([]);
  });
});
