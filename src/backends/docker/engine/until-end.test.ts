import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEngine } from "./engine.ts";
import { EngineFailure } from "./failure.ts";
import { untilEnd } from "./until-end.ts";

it("a daemon that takes every call and answers none is given up when the end was asked for, and not before", async () => {
  const folder = mkdtempSync(join(tmpdir(), "until-end-"));
  const hanging = createServer().listen(join(folder, "docker.sock"));
  await once(hanging, "listening");
  using engine = openEngine(join(folder, "docker.sock"));
  let end: () => void = () => undefined;
  const { engine: asked, wait } = untilEnd(engine, new Promise<void>((resolve) => (end = resolve)));
  const waiting = [
    asked.version(),
    asked.daemon(),
    wait(new Promise(() => undefined)),
    asked.call("POST", "/containers/create"),
    asked.stream("POST", "/containers/x/wait"),
    asked.hijack("/containers/x/attach"),
  ];
  const settled = Promise.allSettled(waiting);
  expect(await Promise.race([settled, Promise.resolve("waits")])).toBe("waits");
  end();
  for (const result of await settled) {
    expect(result.status).toBe("rejected");
    expect((result as PromiseRejectedResult).reason).toBeInstanceOf(EngineFailure);
  }
  await expect(asked.call("GET", "/info")).rejects.toThrow("until the end was asked for");
  hanging.close();
  rmSync(folder, { recursive: true });
});
