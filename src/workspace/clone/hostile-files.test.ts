import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();
describe("a hostile folder", () => {
  it("does not fill the disk with a file of holes, and a smaller one keeps them", async () => {
    lab.write("huge.img", "");
    truncateSync(join(lab.repo, "huge.img"), 2 * 1024 ** 4);
    lab.write("small.img", "begin");
    truncateSync(join(lab.repo, "small.img"), 64 * 1024 * 1024);
    const facts = await lab.clone();
    expect(facts.skipped).toEqual([`huge.img (${2 * 1024 ** 4} bytes, most of them holes)`]);
    const copied = lstatSync(join(lab.copy, "small.img"));
    expect(copied.size).toBe(64 * 1024 * 1024);
    expect(copied.blocks * 512).toBeLessThan(1024 * 1024);
    expect(readFileSync(join(lab.copy, "small.img")).toString("latin1", 0, 6)).toBe("begin\0");
    expect(facts.bytes).toBeLessThan(1024 * 1024);
  });

  it("has names with line breaks, colons, quotes, and bytes that are no UTF-8; git is asked of each", async () => {
    lab.write(".gitignore", "*.log\n!keep.log\nhidden*/\n");
    const odd = Buffer.from([0x66, 0xff, 0x0a, 0x22, 0x2e, 0x6c, 0x6f, 0x67]);
    writeFileSync(Buffer.concat([Buffer.from(`${lab.repo}/`), odd]), "ignored");
    for (const name of [
      ":(top)x.log",
      "-x.log",
      '"q".log',
      "a\nb.log",
      "!x.log",
      " y.log",
      "ü.log",
    ])
      lab.write(name, "ignored");
    const carried = [":(top)x", "-x", "a\nb", "keep.log", "!x", "hidden"];
    for (const name of carried) lab.write(name, "carried");
    lab.write("hidden\nfolder/x", "ignored");
    const facts = await lab.clone();
    expect(facts.ignoredLeft).toBe(9);
    expect(readdirSync(lab.copy).toSorted()).toEqual([...carried, ".git", ".gitignore"].toSorted());
  });

  it("is not copied on when its bottle has ended, and git with it", async () => {
    for (let count = 0; count < 3000; count += 1) lab.write(`d${count % 50}/f${count}.txt`, "x\n");
    lab.commit("many");
    const stop = new AbortController();
    const copying = lab.clone({}, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(copying).rejects.toThrow();
    expect(readdirSync(lab.copy)).toEqual([]);
    await expect(lab.clone({}, AbortSignal.abort())).rejects.toThrow();
    expect(readdirSync(lab.copy)).toEqual([]);
  });

  it("that changes while it is copied is copied as it is found, or not at all", async () => {
    writeFileSync(join(lab.home, "mine"), "private\n");
    for (let count = 0; count < 300; count += 1)
      lab.write(`d${count % 10}/f${count}.txt`, "x".repeat(4096));
    const folder = join(lab.repo, "d9");
    const copying = lab.refusal();
    // A folder makes way for a link to another place, files come and go.
    const timer = setInterval(() => {
      try {
        rmSync(join(lab.repo, "d8"), { recursive: true, force: true });
        if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
          renameSync(folder, join(lab.base, "away"));
          symlinkSync(lab.home, folder);
        }
      } catch {
        // Already changed.
      }
    }, 0);
    const said = await copying;
    clearInterval(timer);
    expect(said).toMatch(/^(no error|E_WORKSPACE_COPY)/);
    expect(
      existsSync(join(lab.copy, "d9/mine")) && !lstatSync(join(lab.copy, "d9")).isSymbolicLink(),
    ).toBe(false);
  });
});
