/** Every fuzz target: one line each. */
import type { FuzzTarget } from "../target.ts";
import { authorityTarget } from "./authority.ts";
import { chunkedTarget } from "./chunked.ts";
import { derTarget } from "./der.ts";
import { framesTarget } from "./frames.ts";
import { helloTarget } from "./hello.ts";
import { pathTarget } from "./path.ts";
import { queryTarget } from "./query.ts";
import { requestsTarget } from "./requests.ts";
import { responseHeadTarget } from "./response-head.ts";

export const targets: readonly FuzzTarget[] = [
  authorityTarget,
  chunkedTarget,
  derTarget,
  framesTarget,
  helloTarget,
  pathTarget,
  queryTarget,
  requestsTarget,
  responseHeadTarget,
];
