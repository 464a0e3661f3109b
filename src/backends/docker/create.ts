/** Makes a container under a name that may be taken. */
import { BottleError } from "../../errors/error.ts";
import type { Engine } from "./engine/engine.ts";
import { isStatus } from "./engine/failure.ts";
import { sweepName } from "./leftovers.ts";

/** A name that is taken: what a dead supervisor left of this bottle goes, and nothing else. */
export async function createContainer(
  engine: Engine,
  name: string,
  config: object,
  uid: number,
): Promise<string> {
  const create = async (): Promise<string> => {
    const made = await engine.call("POST", "/containers/create", { query: { name }, json: config });
    return String((made as { readonly Id?: unknown }).Id);
  };
  try {
    return await create();
  } catch (error) {
    if (isStatus(error, 409) && (await sweepName(engine, name, uid))) return create();
    if (isStatus(error, 404)) throw imageGone(error);
    throw error;
  }
}

function imageGone(cause: unknown): BottleError {
  return new BottleError({
    code: "E_IMAGE_GONE",
    what: "The image of the bottle is not there any more.",
    why: `Docker says: ${cause instanceof Error ? cause.message : String(cause)}`,
    next: "Start again, which builds it anew, or see `bottle image list`.",
    cause,
  });
}
