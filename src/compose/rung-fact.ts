/** What one backend says of its rung, within a bound: whoever does not answer by then is none to start on. */
import type { Availability, Backend } from "../lifecycle/backend.ts";
import type { RungFact } from "../plan/facts.ts";

/** Never rejects, and never takes longer than `patience` milliseconds. */
export async function factOf(
  backend: Backend,
  limits: Parameters<Backend["limits"]>[0],
  patience: number,
): Promise<RungFact> {
  const { rung, system, files } = backend.capabilities;
  const end = AbortSignal.timeout(patience);
  const asked = Promise.all([backend.probe(end), backend.limits(limits)]);
  const found = await Promise.race([asked, silence(backend.name, end, patience)]).catch(
    (error: unknown): Answer => [
      unavailable(error instanceof Error ? error.message : String(error)),
    ],
  );
  const [availability, known] = found;
  return {
    rung,
    availability,
    images: system === "image",
    ...(files === "carried" && { carried: true }),
    ...(availability.available && { emulated: availability.emulated ?? false }),
    ...(known !== undefined && { limits: known }),
  };
}

type Answer = readonly [Availability, Awaited<ReturnType<Backend["limits"]>>?];

/** A backend that hears of the signal says it in its own words; this is for one that does not. */
function silence(name: string, end: AbortSignal, patience: number): Promise<Answer> {
  return new Promise((resolve) => {
    end.addEventListener("abort", () =>
      setImmediate(() =>
        resolve([unavailable(`${name} does not answer within ${patience / 1000} s`)]),
      ),
    );
  });
}

function unavailable(reason: string): Availability {
  return { available: false, reason, remedy: "Run `bottle doctor`." };
}
