/** Ports on the command line: in the plan, in `ps`, and taken. */
import { describe, expect, it } from "vitest";
import { callPort } from "../support/ports.ts";
import { openScene } from "./support/cli.ts";

function manifest(...ports: readonly string[]): string {
  return JSON.stringify({
    version: 1,
    bottles: { dev: { ports } },
    agents: {
      web: { bottle: "dev", provider: "shell", prompt: "exec python3 -m http.server 8000" },
    },
  });
}

const detached = ["--yes", "--headless", "--detach"];

describe("ports on the command line", () => {
  it("are in the plan, which says what a browser does there", async () => {
    await using scene = await openScene(manifest("8080:8000", "0:3000"));
    const { stdout } = await scene.start(["--dry-run", "--headless"]);
    expect(stdout).toMatch(/127\.0\.0\.1:8080 +leads to port 8000 inside/);
    expect(stdout).toMatch(/127\.0\.0\.1, a free port +leads to port 3000 inside/);
    expect(stdout).toContain("your browser talks to the agent there, and runs what it sends");
  });

  it("are told by ps while the bottle runs, work, and are another bottle's trouble only if they are the same", async () => {
    await using scene = await openScene(manifest("0:8000"));
    const started = await scene.start([...detached, "--count", "2"]);
    expect(started.code).toBe(0);
    const ids = started.stdout.trim().split("\n");
    const told = [
      ...started.stderr.matchAll(/^bottle: (\S+): 127\.0\.0\.1:(\d+) leads to port 8000/gm),
    ];
    expect(told.map(([, id]) => id)).toEqual(ids);
    const listed = JSON.parse((await scene.run(["ps", "--format", "json"])).stdout) as readonly {
      readonly ports: readonly { readonly host: number; readonly inside: number }[];
    }[];
    const hosts = listed.map(({ ports }) => ports[0]?.host ?? 0);
    expect(listed.map(({ ports }) => ports[0]?.inside)).toEqual([8000, 8000]);
    expect(new Set(hosts).size).toBe(2);
    expect(told.map(([, , host]) => Number(host))).toEqual(expect.arrayContaining(hosts));
    const { stdout } = await scene.run(["ps"]);
    for (const host of hosts) {
      expect(stdout).toContain(`${host}:8000`);
      await expect
        .poll(async () => (await callPort(host, "GET / HTTP/1.0\r\n\r\n")).text, {
          timeout: 20_000,
        })
        .toContain("200 OK");
    }
    await using other = await openScene(manifest(`${hosts[0]}:8000`));
    const refused = await other.start(detached);
    expect(refused.code).toBe(125);
    expect(refused.stderr).toContain("E_PORT_TAKEN");
    expect((await scene.run(["stop", "--all"])).code).toBe(0);
    const ended = JSON.parse(
      (await scene.run(["ps", "--all", "--format", "json"])).stdout,
    ) as readonly {
      readonly ports: readonly unknown[];
    }[];
    expect(ended.map(({ ports }) => ports)).toEqual([[], []]);
  });
});
