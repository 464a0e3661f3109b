/** The helper's channel: the first caller has it, before any agent runs, and nobody else ever. */
import { createServer } from "node:net";
import type { Duplex } from "node:stream";
import { passOn } from "../../helper/pass-on.ts";

/** `far`: the stream to the supervisor. Resolves when callers are taken. */
export function openChannelDoor(
  place: { readonly host: string; readonly port: number },
  far: Duplex,
): Promise<void> {
  let taken = false;
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (caller) => {
    server.close();
    // Another may have come in the same moment.
    if (taken) return void caller.destroy();
    taken = true;
    passOn(caller, far);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(place, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
}
