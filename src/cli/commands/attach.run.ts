/** What `bottle attach` does: joins a living bottle at this terminal. */
import { callSupervisor } from "../../lifecycle/visit.ts";
import { attachSession } from "../../lifecycle/session.ts";
import { findBottle } from "../../compose/bottles.ts";
import { controlSocket } from "../../compose/paths.ts";
import { gone, theOnlyOne } from "../../compose/living.ts";
import { answer } from "../answer.ts";
import { cutWords, exitCodeOfEnd, follow, outputTo, terminalOf } from "../attach.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { mountEnd } from "../mount-end.ts";
import type { AttachFlags } from "./attach.ts";

export async function attach(this: CliContext, flags: AttachFlags, named?: string): Promise<void> {
  await answer(this, "text", () => join(this, flags, named));
}

async function join(
  context: CliContext,
  flags: AttachFlags,
  named: string | undefined,
): Promise<number> {
  const { stdout, stderr } = context.process;
  const id = named ?? (await theOnlyOne(context)).id;
  const socket = await callSupervisor(controlSocket(context, id));
  if (socket === undefined) throw gone(await findBottle(context, id));
  const own = terminalOf(context, false);
  const size = own === null ? null : { columns: own.columns, rows: own.rows };
  const wish = { typing: !flags.watch && own !== null, take: flags.take, size };
  const session = attachSession(socket, id, wish, outputTo(context));
  const { typing, terminal } = await session.attached;
  if (!typing && wish.typing && terminal)
    stderr.write("bottle: another terminal types here; you watch. `--take` takes the keys.\r\n");
  session.onCut((since) => stderr.write(cutWords(since)));
  session.onTyping((types) => {
    if (!types) stderr.write("\r\nbottle: another terminal types now; you watch.\r\n");
  });
  const followed = await follow(context, session, { terminal: own !== null, typing });
  if (followed.left) {
    stderr.write(`bottle: ${id} runs on\n`);
    return exitCodes.ok;
  }
  const code = exitCodeOfEnd(followed.end);
  const said = [`ended with ${code}`, ...(await mountEnd(followed.end.record))].join("\n  ");
  stderr.write(`${stdout.isTTY ? "" : "\n"}bottle: ${id} ${said}\n`);
  return code;
}
