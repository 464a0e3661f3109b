/** Bundles the launcher, so that plain Node of any supported version runs it. */
import { join } from "node:path";
import { rolldown } from "rolldown";

/** Writes `launcher.mjs` into `dir` and returns its path. */
export async function bundleLauncher(dir: string): Promise<string> {
  const file = join(dir, "launcher.mjs");
  const bundle = await rolldown({
    input: join(import.meta.dirname, "namespace-launcher.ts"),
    platform: "node",
    logLevel: "silent",
  });
  await bundle.write({ file, format: "esm", codeSplitting: false });
  await bundle.close();
  return file;
}
