/** What `bottle gateway` does: opens the gateway alone, says where it is, and lives until it is told to end. */
import { openAlone } from "../../compose/gateway-alone/open.ts";
import type { AloneGateway } from "../../compose/gateway-alone/open.ts";
import { openCopy } from "../../compose/gateway-alone/copy.ts";
import { forbidCores } from "../../compose/gateway-alone/cores.ts";
import { doorOf } from "../../compose/gateway-alone/place.ts";
import { watchPath } from "../../compose/gateway-alone/watch.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import { questionsOf } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderError } from "../report.ts";
import type { GatewayFlags } from "./gateway.ts";

export async function gateway(this: CliContext, flags: GatewayFlags): Promise<void> {
  await answer(this, "text", () => serve(this, flags));
}

async function serve(context: CliContext, flags: GatewayFlags): Promise<number> {
  const { stdout, stderr } = context.process;
  const say = (line: string): void => void stderr.write(`bottle: ${escapeText(line)}\n`);
  process.umask(0o077);
  if (!(await forbidCores())) say("core dumps are not ruled out: there is no prlimit(1) here");
  const copy = flags.audit === undefined ? undefined : await openCopy(flags.audit, stdout, say);
  const alone = await openAlone(context, {
    manifest: flags.manifest,
    bottle: flags.bottle,
    listen: flags.listen,
    door: flags.door === undefined ? undefined : doorOf(flags.door),
    open: flags.public,
    health: flags.health,
    state: flags.state,
    certificates: flags.certificates,
    inside: flags.inside,
    copy: copy?.write,
    askSecret: questionsOf(context).askSecret,
    say,
    sayError: (error) => stderr.write(renderError(error, false)),
  });
  const code = await untilTold(context, alone, flags.drain);
  await copy?.close();
  return code;
}

/** Until a signal: the first drains, the second ends at once. */
async function untilTold(
  { process: { stdout, stderr } }: CliContext,
  alone: AloneGateway,
  drainMs: number,
): Promise<number> {
  const { reloader } = alone;
  const reload = (): void => void reloader.reload();
  const watch = watchPath({ watched: () => reloader.watched(), changed: reload });
  process.on("SIGHUP", reload);
  const ends = ["SIGTERM", "SIGINT"] as const;
  let told = (): void => undefined;
  const signal = (): Promise<"told"> =>
    new Promise((resolve) => {
      told = () => resolve("told");
    });
  const listener = (): void => told();
  for (const name of ends) process.on(name, listener);
  // Not earlier: whoever has read it may send a signal.
  stdout.write(`${JSON.stringify(alone.announcement)}\n`);
  try {
    const first = await Promise.race([signal(), alone.failed]);
    if (first === "told") {
      const second = signal();
      await Promise.race([alone.drain(drainMs), second.then(() => alone.close())]);
      return exitCodes.ok;
    }
    await alone.close(first);
    stderr.write(renderError(first, false));
    return exitCodes.bottleFailed;
  } finally {
    watch.stop();
    process.off("SIGHUP", reload);
    for (const name of ends) process.off(name, listener);
  }
}
