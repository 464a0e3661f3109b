#!/usr/bin/env node
// Builds dist/: the command line and the supervisor as CommonJS (their start costs 5 ms less than as modules, measured),
// the helper as one CommonJS file (inside a bottle no package.json stands beside it), the SDK as a module with its types.
//   node scripts/build.js [--force] [--clean] [--no-types]
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { bundles } from "./build/bundles.js";
import { keepCode } from "./build/code-cache.js";
import { sourceHash } from "./build/hash.js";
import { emitTypes } from "./build/types.js";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const stamp = join(dist, ".stamp");
const begun = new Date();
/** How long a chunk of an older build stays, for processes that run from it and have not loaded it yet. */
const graceMs = 10 * 60_000;

const flags = new Set(process.argv.slice(2));
const hash = await sourceHash(root);
const built = await readFile(stamp, "utf8").catch(() => "");
if (!flags.has("--force") && !flags.has("--clean") && built === hash) {
  await utimes(stamp, begun, begun);
} else {
  try {
    await build();
  } catch (error) {
    process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function build() {
  await mkdir(dist, { recursive: true });
  const staging = await mkdtemp(join(root, "dist", ".build-"));
  try {
    const notes = [];
    for (const { entry, output, cached } of bundles) {
      const bundle = await rolldown({
        // One bundle may load late what another needs at once; each entry is built by itself.
        checks: { ineffectiveDynamicImport: false },
        cwd: root,
        input: entry,
        platform: "node",
        // The floor: what Node 20 cannot parse (`await using`) is rewritten.
        transform: { target: "node20.19" },
        external: [/^@lydell\/node-pty/],
        // Its modules can be shaken, its CommonJS cannot: what is not used costs a start 5 ms.
        resolve: { alias: { yaml: join(root, "node_modules/yaml/browser/dist/index.js") } },
        logLevel: "warn",
      });
      await bundle.write({
        dir: staging,
        minify: { compress: true, mangle: false, codegen: true },
        ...output,
      });
      await bundle.close();
      if (cached !== undefined)
        await copyFile(join(root, "scripts/build/cached-entry.cjs"), join(staging, `${cached}.js`));
    }
    // The nearest package.json decides what a .js file is: dist/*.js is CommonJS, dist/*.mjs and the types are modules.
    await writeFile(join(staging, "package.json"), '{ "type": "commonjs" }\n');
    for (const name of ["default", "gateway"])
      await writeFile(join(staging, `${name}-image.json`), await imageFiles(name));
    // Without it a start is slower, and nothing else.
    for (const { cached } of bundles)
      if (cached !== undefined)
        await keepCode(join(staging, `${cached}-main.js`)).catch((error) =>
          notes.push(`no code of ${cached} is kept: ${error.message}`),
        );
    await install(staging);
    if (!flags.has("--no-types")) notes.push(...(await emitTypes(root, join(dist, "types"))));
    for (const note of new Set(notes)) process.stderr.write(`build: ${note}\n`);
    await writeFile(stamp, hash);
    await utimes(stamp, begun, begun);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** The files that an image is built from, by name, as one: a program that is half replaced never has half of them. */
async function imageFiles(name) {
  const folder = join(root, "images", name);
  const names = (await readdir(folder)).toSorted();
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), "utf8")));
  return JSON.stringify(Object.fromEntries(names.map((file, index) => [file, texts[index]])));
}

/** Puts every file in its place by renaming it, so that no process ever reads half a file; then clears old chunks. */
async function install(staging) {
  const fresh = (await readdir(staging)).toSorted();
  // Entries last: what they refer to is there already. Kept code after its bundle, and never that of another: of the source
  // V8 compares the length alone.
  fresh.sort((a, b) => rank(a) - rank(b));
  for (const name of await readdir(dist))
    if (name.endsWith(".cache")) await rm(join(dist, name), { force: true });
  for (const name of fresh) {
    if (name === "cli.js") await chmod(join(staging, name), 0o755);
    await rename(join(staging, name), join(dist, name));
  }
  for (const name of await readdir(dist)) {
    if (!/\.m?js$/.test(name) || fresh.includes(name)) continue;
    const age = begun.getTime() - (await stat(join(dist, name))).mtimeMs;
    if (flags.has("--clean") || age > graceMs) await rm(join(dist, name), { force: true });
  }
}

function rank(name) {
  return name.endsWith(".cache") ? 2 : Number(isEntry(name));
}

function isEntry(name) {
  return [
    "cli.js",
    "supervisor.js",
    "supervisor-main.js",
    "helper.js",
    "engine-keeper.js",
    "bench-gateway.js",
    "gateway-host.js",
    "index.mjs",
  ].includes(name);
}
