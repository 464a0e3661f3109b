/** The supervisor's entry with and without the code that the build keeps for it. */
import { spawn } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { Module } from "node:module";
import { join } from "node:path";
import { Script, constants } from "node:vm";
import { describe, expect, it } from "vitest";
import { root, scratch } from "./scratch.ts";

/** Its code after nobody ordered anything on descriptor 3. */
async function end(
  entry: string,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [entry], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data: Buffer) => (said += data.toString("utf8")));
  const order = child.stdio[3];
  if (order !== null && order !== undefined && "destroy" in order) order.destroy();
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, said };
}

describe("the code that is kept of the supervisor", () => {
  it("is of this build, and V8 takes it", async () => {
    const file = join(root, "dist/supervisor-main.js");
    const script = new Script(Module.wrap(await readFile(file, "utf8")), {
      filename: file,
      cachedData: await readFile(`${file}.cache`),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    expect(script.cachedDataRejected).toBe(false);
  });

  it.each(["there", "broken", "not there"])(
    "may be %s: the supervisor does the same",
    async (how) => {
      await using place = await scratch();
      const dist = join(place.dir, "dist");
      await cp(join(root, "dist"), dist, {
        recursive: true,
        filter: (path) => how === "there" || !path.endsWith(".cache"),
      });
      if (how === "broken")
        await writeFile(join(dist, "supervisor-main.js.cache"), "no code at all");
      expect(await end(join(dist, "supervisor.js"))).toEqual({ code: 0, said: "" });
    },
  );
});
