/** The entry of `bottle`: splits off what belongs to the agent, then lets the one command asked for load itself. */
import { run } from "@stricli/core";
import { hasPrepared, prefork } from "../compose/prefork.ts";
import { app } from "./app.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";

const argv = process.argv.slice(2);
const cut = argv.indexOf("--");
const own = cut < 0 ? argv : argv.slice(0, cut);
const host = {
  env: process.env,
  cwd: process.cwd(),
  uid: process.getuid?.() ?? -1,
  startedAt: performance.timeOrigin,
  dist: import.meta.dirname,
};

/** A supervisor's start (40 ms) overlaps with this process's own; it is let go of if nothing comes of it. */
const starts =
  own[0] === "start" &&
  !own.some((word) => ["--dry-run", "--dryRun", "--help", "-h"].includes(word));
const supervisor = starts && !hasPrepared(host) ? prefork(host) : undefined;

const context: CliContext = {
  ...host,
  process: process as CliContext["process"],
  rest: cut < 0 ? [] : argv.slice(cut + 1),
  supervisor,
};

/** Shells ask for candidates while somebody types: no command of the table, so that nobody finds it there. */
async function serve(): Promise<void> {
  if (own[0] !== "__complete") return run(app, own, context);
  const { complete } = await import("./completion/complete.ts");
  return complete(app, own[1], context);
}

// A reader that went away (`| head`, a closed window) wants no more: that is no failure. What goes on and on looks for it itself.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// Nothing is left to wait for, and no command has said how it ended: silence would pass for success.
const unanswered = (): void => {
  process.stderr.write("error E_INTERNAL: claude-bottle ended without an answer\n");
  process.exitCode = exitCodes.bottleFailed;
};
process.once("beforeExit", unanswered);

// No top-level await: the bundle is CommonJS, which starts faster.
void serve().then(() => {
  process.off("beforeExit", unanswered);
  supervisor?.abandon();
  // Stricli's own codes for a wrong command line are negative; scripts rely on 2.
  if (typeof process.exitCode === "number" && process.exitCode < 0)
    process.exitCode = exitCodes.usage;
});
