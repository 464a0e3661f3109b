/** `npm run fuzz -- [target] [seconds] [seed]`: bundles the targets, so that plain Node runs them, and runs one or all. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
const file = join(folder, "main.mjs");
const bundle = await rolldown({
  input: join(root, "tests/fuzz/main.ts"),
  platform: "node",
  logLevel: "silent",
});
await bundle.write({ file, format: "esm", codeSplitting: false });
await bundle.close();
const seeds = join(root, "tests/fuzz/seeds");
const { status } = spawnSync(process.execPath, [file, seeds, ...process.argv.slice(2)], {
  stdio: "inherit",
});
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
