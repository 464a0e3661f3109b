#!/usr/bin/env node
// Every package of the lock file has a licence that this project may be built, tested and shipped with.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** SPDX identifiers. What is bundled or installed at run time must be free of any duty beyond a notice. */
const shipped = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);
const development = new Set([
  ...shipped,
  "BlueOak-1.0.0",
  "CC-BY-4.0",
  "CC0-1.0",
  "MPL-2.0",
  "Python-2.0",
  "Unlicense",
]);
const bundled = new Set(["@stricli/core", "yaml", "zod"]);

const root = process.argv[2] ?? join(import.meta.dirname, "../..");
const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
const refused = Object.entries(lock.packages)
  .filter(([path]) => path !== "")
  .filter(
    ([path, { license = "", dev = false }]) =>
      !isAllowed(
        license,
        dev && !bundled.has(path.replace(/^.*node_modules\//, "")) ? development : shipped,
      ),
  )
  .map(([path, { license }]) => `${path}: ${license ?? "no licence named"}\n`);
process.stdout.write(refused.join(""));
process.exitCode = refused.length === 0 ? 0 : 1;

/** `A OR B` leaves the choice; `A AND B` binds to both; anything else must be one identifier. */
function isAllowed(expression, allowed) {
  return expression
    .replace(/^\(|\)$/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((one) => allowed.has(one.trim())));
}
