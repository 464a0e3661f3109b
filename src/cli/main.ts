/** The entry of `bottle`: splits off what belongs to the agent, then lets the one command asked for load itself. */
import { run } from "@stricli/core";
import { app } from "./app.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";

const argv = process.argv.slice(2);
const cut = argv.indexOf("--");
const context: CliContext = {
  process: process as CliContext["process"],
  env: process.env,
  cwd: process.cwd(),
  uid: process.getuid?.() ?? -1,
  rest: cut < 0 ? [] : argv.slice(cut + 1),
  startedAt: performance.timeOrigin,
  dist: import.meta.dirname,
};

// No top-level await: the bundle is CommonJS, which starts faster.
void run(app, cut < 0 ? argv : argv.slice(0, cut), context).then(() => {
  // Stricli's own codes for a wrong command line are negative; scripts rely on 2.
  if (typeof process.exitCode === "number" && process.exitCode < 0) process.exitCode = exitCodes.usage;
});
