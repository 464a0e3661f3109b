/** What the Engine answers instead of what was asked for, and how it becomes an error for the owner. */
import { BottleError } from "../../../errors/error.ts";

/** Characters of the Engine's words that an error repeats. */
const maxWords = 400;

/** The Engine refused, or was not there (`status` 0). Wherever nobody says more of it, it is what the owner is told. */
export class EngineFailure extends BottleError {
  readonly status: number;

  constructor(status: number, words: string) {
    super({
      code: "E_DOCKER",
      // Only what a terminal may show: names of images and paths are in it.
      what: words
        .replaceAll(/[^\x20-\x7e]+/g, " ")
        .trim()
        .slice(0, maxWords),
      next: "Run `bottle doctor`.",
    });
    this.status = status;
  }
}

/** True if the Engine answered with just this status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof EngineFailure && error.status === status;
}

/** What the Engine could not do before a launch, for the owner; everything else stays as it is. */
export function engineError(cause: unknown): unknown {
  if (!(cause instanceof EngineFailure)) return cause;
  return cause.status === 0
    ? new BottleError({
        code: "E_RUNG_UNAVAILABLE",
        what: "The Docker daemon cannot be used.",
        why: cause.message,
        next: "Run `bottle doctor`.",
        cause,
      })
    : new BottleError({
        code: "E_IMAGE",
        what: "The image cannot be had.",
        why: `Docker says: ${cause.message}`,
        next: "Run `bottle doctor`.",
        cause,
      });
}

/** A launch that the Engine stopped. */
export function launchError(cause: unknown): BottleError {
  if (cause instanceof BottleError && !(cause instanceof EngineFailure)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: cause instanceof EngineFailure && cause.status !== 0 ? `Docker says: ${why}` : why,
    next: "Run `bottle doctor`.",
    cause,
  });
}
