/** Colour, where a person looks on: never in pipes, never against NO_COLOR (no-color.org). */
import type { Style } from "../plan/style.ts";
import { ansiStyle, plainStyle } from "../plan/style.ts";

export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const wanted = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  return wanted ? ansiStyle : plainStyle;
}
