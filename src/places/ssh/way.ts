/** Brings the Engine's socket here, over a connection that stands: forwarded, or dialled where sshd forwards none. */
import { chmodSync, rmSync } from "node:fs";
import { BottleError } from "../../errors/error.ts";
import { forwardArgv } from "./argv.ts";
import { serveDial } from "./dial.ts";
import type { Master, MasterOptions } from "./master.ts";
import { pingEngine } from "./ping.ts";
import { runSsh } from "./run.ts";
import { lastWords } from "./words.ts";

export interface Way extends Disposable {
  readonly kind: "forwarded" | "dialled";
}

/** `local` is the socket's path here; the master's folder is private. */
export async function openWay(options: MasterOptions, master: Master, local: string): Promise<Way> {
  const { place, to, control, env } = options;
  const { remoteSocket, hasDocker } = master.facts;
  rmSync(local, { force: true });
  const refused = await runSsh(forwardArgv(to, control, local, remoteSocket), env);
  if (refused === undefined) {
    chmodSync(local, 0o600);
    if ((await pingEngine(local)) === "answers")
      return { kind: "forwarded", [Symbol.dispose]: () => undefined };
  }
  // sshd says the same of a socket that it must not forward and of one where nobody listens (serverloop.c, "open failed").
  const said = refused ?? master.said();
  if (!hasDocker) throw forbidden(place, said);
  await runSsh(cancelled(forwardArgv(to, control, local, remoteSocket)), env);
  const dial = await serveDial({ to, control, env, local });
  if ((await pingEngine(local)) === "answers") return { kind: "dialled", ...dial };
  dial[Symbol.dispose]();
  throw silent(place, remoteSocket, said);
}

function cancelled(argv: readonly string[]): readonly string[] {
  return argv.map((word) => (word === "forward" ? "cancel" : word));
}

function silent(place: string, socket: string, said: string): BottleError {
  return new BottleError({
    code: "E_PLACE_DOCKER",
    what: `The Docker daemon of ${place} does not answer.`,
    why: `Its socket ${lastWords(socket)} is there, and nobody speaks behind it. ssh says: ${lastWords(said)}`,
    next: "Look there: systemctl status docker",
  });
}

function forbidden(place: string, said: string): BottleError {
  return new BottleError({
    code: "E_PLACE_FORWARD",
    what: `The Docker daemon of ${place} cannot be spoken to through its sshd.`,
    why: `Its socket is not forwarded, and the docker command, the other way in, is not there. ssh says: ${lastWords(said)}`,
    next: "Look there whether Docker runs, and set `AllowStreamLocalForwarding yes` in its sshd_config (and not `DisableForwarding`).",
  });
}
