/** What `bottle schema` does. */
import { manifestJsonSchema } from "../../manifest/schema.ts";
import type { CliContext } from "../context.ts";

export function schema(this: CliContext): void {
  this.process.stdout.write(`${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`);
}
