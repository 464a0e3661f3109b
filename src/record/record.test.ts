import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listRecords, readRecord } from "./read.ts";
import { openRecord } from "./record.ts";

let stateHome: string;
beforeEach(async () => {
  stateHome = await mkdtemp(join(tmpdir(), "claude-bottle-record-"));
});
afterEach(() => rm(stateHome, { recursive: true, force: true }));

const code = (error: unknown): unknown => (error as { code?: unknown }).code;

describe("record", () => {
  it("is a private folder with private files that carry a version", async () => {
    const record = await openRecord({ stateHome, id: "shell-abcde" });
    await record.write("plan", { id: "shell-abcde" });
    expect((await stat(record.dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(record.dir, "plan.json"))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(record.dir, "plan.json"), "utf8"))).toEqual({
      version: 1,
      id: "shell-abcde",
    });
  });

  it("keeps the order of writes, shows readers only whole files, and leaves no temporary ones", async () => {
    const record = await openRecord({ stateHome, id: "shell-abcde" });
    const writes = Array.from({ length: 20 }, (_, index) =>
      record.write("state", { index, filler: "x".repeat(10_000) }),
    );
    const reads = writes.map(async (write) => {
      await write;
      return (await readRecord({ stateHome, id: "shell-abcde" })).files.state?.["index"];
    });
    const seen = await Promise.all(reads);
    expect(seen.at(-1)).toBe(19);
    expect(await readdir(record.dir)).toEqual(["state.json"]);
  });

  it("is never opened twice", async () => {
    await openRecord({ stateHome, id: "shell-abcde" });
    await expect(openRecord({ stateHome, id: "shell-abcde" })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_FOLDER",
    );
  });

  it.each([
    "../x-abcde",
    "a/b-abcde",
    "-abcde",
    "shell",
    "shell-ABCDE",
    "shell-abcde/",
    "shell-abcde\n",
    "",
  ])("is never opened or read as %j", async (id) => {
    await expect(openRecord({ stateHome, id })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_MISSING",
    );
    await expect(readRecord({ stateHome, id })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_MISSING",
    );
  });

  it("is refused where others may enter, or where a link leads elsewhere", async () => {
    await mkdir(join(stateHome, "claude-bottle"));
    await chmod(join(stateHome, "claude-bottle"), 0o750);
    await expect(openRecord({ stateHome, id: "shell-abcde" })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_FOLDER",
    );
    const other = join(stateHome, "other");
    await mkdir(join(other, "real"), { recursive: true, mode: 0o700 });
    await symlink(join(other, "real"), join(other, "claude-bottle"));
    await expect(openRecord({ stateHome: other, id: "shell-abcde" })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_FOLDER",
    );
  });

  it("is listed with what it holds; a damaged one stands there without files, strangers not at all", async () => {
    expect(await listRecords({ stateHome })).toEqual([]);
    const first = await openRecord({ stateHome, id: "shell-abcde" });
    await first.write("state", { state: "running" });
    const second = await openRecord({ stateHome, id: "claude-00000" });
    await writeFile(join(second.dir, "state.json"), "{");
    await mkdir(join(stateHome, "claude-bottle", "Not a bottle"));
    const records = await listRecords({ stateHome });
    expect(records.map(({ id, files }) => [id, files.state?.["state"]])).toEqual([
      ["claude-00000", undefined],
      ["shell-abcde", "running"],
    ]);
  });

  it("is not read through a link or from something that is no file", async () => {
    const record = await openRecord({ stateHome, id: "shell-abcde" });
    await writeFile(join(stateHome, "elsewhere.json"), '{"state":"stolen"}');
    await symlink(join(stateHome, "elsewhere.json"), join(record.dir, "state.json"));
    await expect(readRecord({ stateHome, id: "shell-abcde" })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_UNREADABLE",
    );
    await rm(join(record.dir, "state.json"));
    await mkdir(join(record.dir, "state.json"));
    await expect(readRecord({ stateHome, id: "shell-abcde" })).rejects.toSatisfy(
      (error) => code(error) === "E_RECORD_UNREADABLE",
    );
  });
});
