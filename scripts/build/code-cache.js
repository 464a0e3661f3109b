// Keeps the code that V8 makes of a bundle of the supervisor, for cached-entry.cjs.
//   node scripts/build/code-cache.js FILE      writes FILE.cache
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { Module, createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Script, constants } from "node:vm";

const own = fileURLToPath(import.meta.url);

/** Resolves when FILE.cache is written; rejects where it could not be. */
export function keepCode(file) {
  return new Promise((resolve, reject) => {
    // The bundle runs as ever: on descriptor 3 nobody gives an order, and so it ends.
    const child = spawn(process.execPath, [own, file], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (data) => (said += data));
    child.stdio[3].destroy();
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(said || `ended with ${code}`)),
    );
  });
}

if (process.argv[1] === own) {
  const [, , file] = process.argv;
  const source = await readFile(file, "utf8");
  const importModuleDynamically = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script(Module.wrap(source), { filename: file, importModuleDynamically });
  const require = createRequire(file);
  const main = new Module(file);
  main.filename = file;
  require.cache[file] = main;
  const exit = process.exit;
  // What was compiled by then is kept as well, not only what begins.
  process.exit = () => {
    void writeFile(`${file}.cache`, script.createCachedData()).then(() => exit(0));
  };
  script.runInThisContext()(main.exports, require, main, file, dirname(file));
}
