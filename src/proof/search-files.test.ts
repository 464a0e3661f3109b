import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSearch } from "./search.ts";
import { searchFiles } from "./search-files.ts";

const secret = "host-secret-4Kd82hQz";

/** The tree `<dir>/tree/shop` with two files, and `<dir>/host` with the same names and a secret. */
function trees(): string {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), "search-test-"));
  for (const [folder, text] of [
    ["tree/shop", "plain"],
    ["host", secret],
  ] as const) {
    mkdirSync(join(dir, folder), { recursive: true });
    for (const name of ["a", "b"]) writeFileSync(join(dir, folder, name), text);
  }
  return dir;
}

test("a folder that becomes a link under the search leads nowhere, and is told", async () => {
  const dir = trees();
  try {
    const search = openSearch([{ name: "secret", bytes: Buffer.from(secret) }]);
    const shop = join(dir, "tree/shop");
    let swapped = false;
    const racing: typeof search = {
      ...search,
      async handle(where, handle) {
        await search.handle(where, handle);
        if (swapped) return;
        swapped = true;
        renameSync(shop, join(dir, "gone"));
        symlinkSync(join(dir, "host"), shop);
      },
    };
    expect(await searchFiles(racing, [join(dir, "tree")])).toBe(1);
    expect(search.found()).toEqual([]);
    expect(search.unread()).toEqual([expect.stringMatching(/shop\/[ab]: moved/)]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("links of the owner above what is searched are followed, and links below are not", async () => {
  const dir = trees();
  try {
    symlinkSync(dir, join(dir, "way"));
    symlinkSync(join(dir, "host"), join(dir, "tree/link"));
    const search = openSearch([{ name: "secret", bytes: Buffer.from(secret) }]);
    expect(await searchFiles(search, [join(dir, "way/tree"), join(dir, "way/host/a")])).toBe(3);
    expect(search.found()).toHaveLength(1);
    expect(search.unread()).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
