import { mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchPath } from "./watch.ts";

async function lab() {
  const folder = await mkdtemp(join(tmpdir(), "watch-"));
  const path = join(folder, "file");
  await writeFile(path, "first");
  let count = 0;
  const heard = new Set<() => void>();
  const until = (wanted: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (count >= wanted && resolve());
      heard.add(look);
      look();
    });
  const start = (since: number): void => {
    const watch = watchPath({
      watched: () => ({ path, since }),
      changed: () => {
        count += 1;
        for (const listener of heard) listener();
      },
      everyMs: 10,
    });
    onTestFinished(async () => {
      watch.stop();
      await rm(folder, { recursive: true, force: true });
    });
  };
  return { path, until, start, count: () => count };
}

const looks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

test("a file that was written, one that was put in its place, and one that is gone are changes, each told once", async () => {
  const { path, until, start, count } = await lab();
  start(Date.now() + 60_000);
  await looks();
  expect(count()).toBe(0);
  await writeFile(path, "second");
  await until(1);
  await writeFile(`${path}.new`, "second");
  await rename(`${path}.new`, path);
  await until(2);
  await rm(path);
  await until(3);
  await looks();
  expect(count()).toBe(3);
});

test("what was written between the reading and the first look is a change", async () => {
  const { until, start } = await lab();
  start(Date.now() - 1000);
  await until(1);
});

test("a time that was set back hides no change", async () => {
  const { path, until, start } = await lab();
  start(Date.now() + 60_000);
  await looks();
  await writeFile(path, "other");
  await utimes(path, 0, 0);
  await until(1);
});
