/** Every fuzz target: one line each. */
import type { FuzzTarget } from "../target.ts";
import { advertisementTarget } from "./advertisement.ts";
import { authorityTarget } from "./authority.ts";
import { chunkedTarget } from "./chunked.ts";
import { deltaTarget } from "./delta.ts";
import { derTarget } from "./der.ts";
import { framesTarget } from "./frames.ts";
import { graphqlTarget } from "./graphql.ts";
import { helloTarget } from "./hello.ts";
import { inflateTarget } from "./inflate.ts";
import { jsonTarget } from "./json.ts";
import { packTarget } from "./pack.ts";
import { pathTarget } from "./path.ts";
import { pktLineTarget } from "./pkt-line.ts";
import { pushRequestTarget } from "./push-request.ts";
import { queryTarget } from "./query.ts";
import { requestsTarget } from "./requests.ts";
import { responseHeadTarget } from "./response-head.ts";
import { tarTarget } from "./tar.ts";

export const targets: readonly FuzzTarget[] = [
  advertisementTarget,
  authorityTarget,
  chunkedTarget,
  deltaTarget,
  derTarget,
  framesTarget,
  graphqlTarget,
  helloTarget,
  inflateTarget,
  jsonTarget,
  packTarget,
  pathTarget,
  pktLineTarget,
  pushRequestTarget,
  queryTarget,
  requestsTarget,
  responseHeadTarget,
  tarTarget,
];
