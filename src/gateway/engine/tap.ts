/** Where the text of a request's body is taken from, for an engine: from the scan, which unpacks it. */
import type { Watch } from "../body-layer.ts";

export interface Tap {
  /** For one more layer of the body; what it is given counts as one text. */
  layer(): Watch;
}
