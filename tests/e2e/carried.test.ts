/** Bottles of a daemon that shares no files and no processes with this machine: reached by a port, and by nothing else. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";

const daemon = withDaemon({ networks: true, elsewhere: true });
const patient = { timeout: 120_000 };
const bottle = { rung: "runc", link: "network" };

let server: Server;
const ways = new Set<Socket>();
let host: string;
beforeAll(async () => {
  server = createServer((near) => {
    const far = connect({ path: daemon().socket });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ways.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        ways.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  for (const one of ways) one.destroy();
});

describe("a bottle whose files are carried", () => {
  test("works on what was carried in, and its work comes back", patient, async () => {
    await using home = await openTestHome({ DOCKER_HOST: host });
    await mkdir(join(home.workspace, "folder"));
    await writeFile(join(home.workspace, "folder/a.txt"), "mine\n");
    await using run = await startTestBottle({
      home,
      bottle,
      prompt: "cat folder/a.txt; echo theirs > folder/a.txt; echo new > b.txt; echo err >&2; exit 7",
    });
    const end = await run.bottle.ended.catch((e: unknown) => { throw new Error(JSON.stringify(e)); });
    expect([run.stdout(), run.stderr(), end.code]).toEqual(["mine\n", "err\n", 7]);
    expect(await readFile(join(home.workspace, "folder/a.txt"), "utf8")).toBe("mine\n");
    expect(readFileSync(join(end.record, "workspace/folder/a.txt"), "utf8")).toBe("theirs\n");
    expect(readFileSync(join(end.record, "workspace/b.txt"), "utf8")).toBe("new\n");
    expect(existsSync(join(end.record, "away"))).toBe(false);
    expect(existsSync(join(end.record, "carried"))).toBe(false);
  });
});
