/** What can stop the way back from a bottle, said the same way everywhere. */
import { BottleError } from "../../errors/error.ts";

export function damaged(why: string): BottleError {
  return new BottleError({
    code: "E_APPLY_DAMAGED",
    what: "The bottle's copy cannot be brought back as it is; nothing of yours was changed.",
    why: `In the bottle, ${why}.`,
    next: "The bottle's copy is kept: look into it by other means than git, or start a new bottle.",
  });
}

export function tooLarge(what: string, limit: string): BottleError {
  return new BottleError({
    code: "E_APPLY_TOO_LARGE",
    what: `The bottle has ${what} than apply takes (${limit}); nothing of yours was changed.`,
    next: "Have the agent remove what need not come back, or list it in .gitignore.",
  });
}

export function gitFailed(step: string, why: string): BottleError {
  return new BottleError({
    code: "E_APPLY_GIT",
    what: `git could not ${step}; nothing of yours was changed.`,
    why,
    next: "The bottle's copy is kept. If git refused an object, what the agent committed is not fit for your repository.",
  });
}
