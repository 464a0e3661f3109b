import fc from "fast-check";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";
import { BottleError } from "../../errors/error.ts";
import { parseConfig } from "./config-file.ts";
import { IndexFile } from "./index-file.ts";
import { scrubUrl } from "./remote-url.ts";

const lab = useCloneLab();

describe("a hostile repository's files", () => {
  it("make an index that is read or refused, whatever bytes were changed in it", () => {
    for (const name of ["a.txt", "a/b.txt", "a/c/d.txt", "z"]) lab.write(name, name);
    lab.commit("first");
    for (const version of ["2", "4"]) {
      lab.git(lab.repo, "update-index", "--index-version", version);
      const file = join(lab.repo, ".git/index");
      const { mtimeMs } = statSync(file);
      const whole = readFileSync(file);
      const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { maxLength: 8 }), fc.nat(whole.length), (changes, cut) => {
          const data = Buffer.from(whole.subarray(0, cut < 40 ? whole.length : cut));
          for (const [at, byte] of changes) if (at < data.length) data[at] = byte;
          try {
            const index = new IndexFile(data, mtimeMs, 40);
            for (const path of index.paths) {
              index.compare(path, { size: 5, mtimeMs });
              index.distrust(path);
              index.assume(path);
            }
            expect(index.toBuffer().length).toBeLessThanOrEqual(data.length);
          } catch (error) {
            expect(error).toBeInstanceOf(BottleError);
          }
        }),
        { numRuns: 300 },
      );
    }
  });

  it("make a config that is read or refused, whatever is in it", () => {
    const text = fc.string({
      unit: fc.constantFrom(...'[]"\\=;# \n\ta.-\u00ff'.split("")),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, (input) => {
        const found = parseConfig(input);
        expect("entries" in found || found.badLine > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("give no address away that still has a password before a host", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab:/@?#\\.[]".split("")), maxLength: 16 });
    const scheme = fc.constantFrom("https://", "http://", "ftp://", "");
    fc.assert(
      fc.property(scheme, text, text, (begin, user, rest) => {
        const { url } = scrubUrl(`${begin}${user}:hunter2@${rest}`);
        // What is behind the host's slash is a path to every program that reads it.
        expect((url ?? "").split("/").slice(0, 3).join("/")).not.toMatch(/hunter2@/);
      }),
      { numRuns: 2000 },
    );
  });
});
