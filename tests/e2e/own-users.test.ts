/** Bottles of a daemon that gives its containers a user namespace (`userns-remap`), at a socket of this machine. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { labelledVolumes } from "../../src/backends/docker/carried/volumes.ts";
import { dist, openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";

const daemon = withDaemon({ networks: true, remaps: true });
const patient = { timeout: 120_000 };
const bottle = { rung: "runc" };

describe("a daemon whose containers have a user namespace", () => {
  test("makes a bottle that names no link, which proves itself, and whose work comes back", patient, async () => {
    delete process.env["BOTTLE_TEST_LINK"];
    await using home = await openTestHome();
    await writeFile(join(home.workspace, "a.txt"), "mine\n");
    await using run = await startTestBottle({
      home,
      bottle,
      prompt: "cat a.txt; id -u; awk '{print $2}' /proc/self/uid_map; echo theirs > a.txt; exit 7",
    }).catch((e: unknown) => { console.log((e as {why?: string}).why, daemon().log()); throw e; });
    const { id } = run.bottle;
    const end = await run.bottle.ended;
    expect([run.stderr(), run.stdout(), end.code]).toEqual(["", "mine\n1000\n500000\n", 7]);
    const file = join(end.record, "workspace/a.txt");
    expect(readFileSync(file, "utf8")).toBe("theirs\n");
    expect(statSync(file).uid).not.toBe(501_000);
    expect(existsSync(join(end.record, "away"))).toBe(false);
    const plan = JSON.parse(readFileSync(join(end.record, "plan.json"), "utf8")) as object;
    expect(plan).toMatchObject({ link: "network", ownUsers: true });
    const { engine } = daemon();
    const labelled = (await labelledVolumes(engine)).filter((one) => one.id === id);
    const containers = await engine.call("GET", "/containers/json", { query: { all: "1" } });
    const networks = (await engine.call("GET", "/networks")) as readonly { readonly Name: string }[];
    expect([labelled, containers]).toEqual([[], []]);
    expect(networks.filter(({ Name }) => Name.includes(id))).toEqual([]);
  });
});
