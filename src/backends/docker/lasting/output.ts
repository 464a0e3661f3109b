/**
 * What a container without a terminal writes, from the daemon's own log of it: every byte once, whatever was cut in between. An
 * attached stream would not do: once a megabyte waits in it for a reader that was cut off, the daemon holds the container
 * (moby, pkg/ioutils, BytesPipe), and what it wrote meanwhile is in no stream that is attached later.
 */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";
import { carry } from "../engine/demux.ts";
import type { Carried } from "../engine/demux.ts";
import type { Engine } from "../engine/engine.ts";
import { isStatus } from "../engine/failure.ts";
import { stillRuns, untilReached } from "./again.ts";

/** What the daemon keeps: two files of this many bytes, the older one goes when both are full. */
const kept = 64 * 1024 * 1024;

/** For the container's configuration. */
export const keptLog: object = {
  Type: "local",
  Config: { "max-size": `${kept}b`, "max-file": "2", compress: "false" },
};

/** Bytes kept for a reader that does not read, while hurried. */
const maxUnread = 32 * 1024 * 1024;

interface Output {
  readonly to: PassThrough;
  /** Bytes that came already. */
  seen: number;
}

/** To be called once the container runs; `stop`: nobody reads any more. */
export function followOutput(engine: Engine, container: string, stop: AbortSignal): Carried {
  const outputs: readonly [Output, Output] = [
    { to: new PassThrough(), seen: 0 },
    { to: new PassThrough(), seen: 0 },
  ];
  let hurried = false;
  let wake: () => void = () => undefined;
  const hurry = new Promise<void>((resolve) => (wake = resolve));

  const take = async (from: Readable, output: Output): Promise<void> => {
    let skip = output.seen;
    for await (const data of from as AsyncIterable<Buffer>) {
      const rest = data.subarray(Math.min(skip, data.length));
      skip -= data.length - rest.length;
      if (rest.length === 0) continue;
      output.seen += rest.length;
      if (output.to.write(rest) || (hurried && output.to.writableLength < maxUnread)) continue;
      await Promise.race([once(output.to, "drain"), hurried ? once(output.to, "close") : hurry]);
    }
  };

  const follow = async (): Promise<void> => {
    const [stdout, stderr] = outputs;
    do {
      // What was written before the oldest that is kept cannot be counted.
      const lost = stdout.seen + stderr.seen > kept;
      const query = { follow: "1", stdout: "1", stderr: "1", ...(lost && { tail: "0" }) };
      const answer = await untilReached(
        () => engine.stream("GET", `/containers/${container}/logs`, { query }),
        stop,
      );
      if (answer === undefined) return;
      const end = (): void => void answer.destroy();
      stop.addEventListener("abort", end);
      const carried = carry(answer, false);
      if (lost) stdout.seen = stderr.seen = 0;
      await Promise.all([take(carried.stdout, stdout), take(carried.stderr, stderr)]);
      stop.removeEventListener("abort", end);
    } while (!stop.aborted && (await stillRuns(engine, container, stop)));
    if (stop.aborted) return;
    // It may have written its last while the way was cut.
    const { stdout: o, stderr: e } = await last(engine, container, stop);
    await Promise.all([take(o, stdout), take(e, stderr)]);
  };

  const over = follow()
    .catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
    })
    .catch(() => undefined)
    .then(() => {
      for (const { to } of outputs) to.end();
    });
  return {
    over,
    stdout: outputs[0].to,
    stderr: outputs[1].to,
    hurry() {
      hurried = true;
      wake();
    },
  };
}

async function last(engine: Engine, container: string, stop: AbortSignal): Promise<Carried> {
  const query = { stdout: "1", stderr: "1" };
  const answer = await untilReached(
    () => engine.stream("GET", `/containers/${container}/logs`, { query }),
    stop,
  );
  const none = new PassThrough();
  none.end();
  return carry(answer ?? none, false);
}
