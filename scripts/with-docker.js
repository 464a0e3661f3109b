/**
 * `node scripts/with-docker.js [--gvisor] COMMAND …`: runs a command beside the tests' own Docker daemon, named by DOCKER_HOST, and
 * ends that after it. `--gvisor` builds runsc, once, and registers it there.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "tests/support/docker");
const folder = mkdtempSync(join(tmpdir(), "with-docker-"));
const file = join(folder, "main.mjs");
const bundle = await rolldown({
  input: join(sources, "run-beside.ts"),
  platform: "node",
  logLevel: "silent",
  // Files of the clone are found from where the sources stand, and not from where their bundle does.
  transform: { target: "node20.19", define: { "import.meta.dirname": JSON.stringify(sources) } },
});
await bundle.write({ file, format: "esm", codeSplitting: false });
await bundle.close();
const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], {
  stdio: "inherit",
});
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
