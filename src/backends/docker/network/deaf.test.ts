import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { deafen } from "./deaf.ts";

let settings: string;
beforeEach(async () => {
  settings = await mkdtemp(join(tmpdir(), "bottle-deaf-"));
  for (const name of ["all", "bridge"]) await mkdir(join(settings, name));
});
afterEach(() => rm(settings, { recursive: true, force: true }));

const file = (name: string): string => join(settings, name, "rp_filter");

/** What is asked of a daemon, until it is asked to start something. */
function listening(users: string): { readonly engine: Engine; readonly asked: object[] } {
  const asked: object[] = [];
  const call = (
    _method: string,
    path: string,
    { json }: { json?: object } = {},
  ): Promise<unknown> => {
    if (path === "/info") return Promise.resolve({ SecurityOptions: [`name=${users}`] });
    asked.push(json ?? {});
    return Promise.reject(new Error("enough"));
  };
  return { engine: { call } as unknown as Engine, asked };
}

async function deafened(users = "seccomp"): Promise<readonly object[]> {
  const { engine, asked } = listening(users);
  await deafen(engine, { bridge: "bridge", image: "gateway", labels: {}, settings }).catch(
    () => undefined,
  );
  return asked;
}

describe("making a host deaf to a bridge", () => {
  it.each([
    ["1", "0"],
    ["2", "0"],
    ["0", "1"],
    ["0", "2"],
  ])("does nothing where it is: %s for all, %s for the bridge", async (all, own) => {
    await writeFile(file("all"), `${all}\n`);
    await writeFile(file("bridge"), `${own}\n`);
    expect(await deafened()).toEqual([]);
    expect(await readFile(file("bridge"), "utf8")).toBe(`${own}\n`);
  });

  it("writes the bridge's own setting and no other", async () => {
    for (const name of ["all", "bridge"]) await writeFile(file(name), "0\n");
    expect(await deafened()).toEqual([]);
    expect(await readFile(file("bridge"), "utf8")).toBe("1");
    expect(await readFile(file("all"), "utf8")).toBe("0\n");
  });

  it("asks the daemon for a container without a capability where the bridge is not this machine's", async () => {
    await writeFile(file("all"), "1\n");
    await chmod(settings, 0o755);
    await rm(file("bridge"), { force: true });
    expect(await deafened()).toMatchObject([
      {
        Image: "gateway",
        HostConfig: {
          NetworkMode: "host",
          UsernsMode: "host",
          CapDrop: ["ALL"],
          CapAdd: [],
          SecurityOpt: ["no-new-privileges"],
          ReadonlyRootfs: true,
        },
      },
    ]);
  });

  it("gives it the one over a rootless daemon's own network", async () => {
    await rm(file("bridge"), { force: true });
    expect(await deafened("rootless")).toMatchObject([
      { HostConfig: { NetworkMode: "host", CapDrop: ["ALL"], CapAdd: ["NET_ADMIN"] } },
    ]);
  });
});
