// The SDK's declarations, by TypeScript itself.
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Returns notes; that types are wrong is `./test`'s matter (its step `types`), not the build's. */
export async function emitTypes(root, directory) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const program = join(root, "node_modules/@typescript/native/bin/tsc");
  const project = join(root, "tsconfig.build.json");
  const note = await promisify(execFile)(
    process.execPath,
    [program, "-p", project, "--outDir", directory],
    { cwd: root },
  ).then(
    () => [],
    (error) => [
      `types: ${
        String(error.stdout ?? error.message)
          .trim()
          .split("\n").length
      } lines of complaints; run npm run typecheck`,
    ],
  );
  await writeFile(join(directory, "package.json"), '{ "type": "module" }\n');
  return note;
}
