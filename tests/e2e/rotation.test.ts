/** A secret that its owner changes while a bottle runs: read anew when its service refuses it, with the bottle none the wiser. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openScene } from "./support/cli.ts";

const old = "old-secret-0123456789abcdefghijklm";
const fresh = "fresh-secret-0123456789abcdefghijk";

/** Asks until it is answered well, as agents do. */
const script = `
for i in $(seq 100); do
  curl -sS --noproxy '' -x "$http_proxy" -H "X-Key: $CLAUDE_BOTTLE_PLACEHOLDER_X_KEY_127_0_0_1" -o answer -w '%{http_code}' URL > status
  [ "$(cat status)" = 200 ] && break
  sleep 0.1
done
cat status answer`;

test.each([
  ["a file", (file: string) => `file:${file}`],
  ["a command", (file: string) => `command:cat ${file}`],
])("in %s", async (_where, secret) => {
  const folder = await mkdtemp(join(tmpdir(), "rotation-"));
  const file = join(folder, "secret");
  writeFileSync(file, old, { mode: 0o600 });
  const seen: unknown[] = [];
  const service = createServer((request, response) => {
    const key = request.headers["x-key"];
    seen.push(key);
    // The owner changed it just now.
    if (key === old) writeFileSync(file, fresh);
    response.writeHead(key === fresh ? 200 : 401);
    response.end(`it knows ${old} and ${fresh}`);
  });
  await new Promise<void>((resolve) => {
    service.listen(0, "127.0.0.1", resolve);
  });
  const { port } = service.address() as AddressInfo;
  const manifest = {
    version: 1,
    bottles: {
      e2e: {
        credentials: [
          {
            host: `127.0.0.1:${port}`,
            scheme: "http",
            header: "X-Key: {secret}",
            secret: secret(file),
            refresh: "1h",
          },
        ],
      },
    },
    agents: { e2e: { bottle: "e2e", provider: "shell" } },
  };
  await using scene = await openScene(JSON.stringify(manifest));
  try {
    const prompt = script.replace("URL", `http://127.0.0.1:${port}/`);
    const end = await scene.start(["--headless", "--yes", "--prompt", prompt]);
    expect(end, end.stderr).toMatchObject({ code: 0 });
    // What it was is hidden still.
    expect(end.stdout).toMatch(/^200it knows \*+ and \*+$/);
    expect(new Set(seen)).toEqual(new Set([old, fresh]));
    const audit = await scene.audit();
    expect(audit.map(({ code }) => code)).toContain("rules-replaced");
    for (const value of [old, fresh]) expect(JSON.stringify(audit)).not.toContain(value);
  } finally {
    service.closeAllConnections();
    service.close();
    await rm(folder, { recursive: true });
  }
});
