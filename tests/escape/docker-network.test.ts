import { afterAll, beforeAll } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import type { Backend } from "../../src/lifecycle/backend.ts";
import { dist } from "../support/bottle.ts";
import type { TestPlace } from "../support/docker/place.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { bundleHelper } from "../support/helper.ts";
import { modelService } from "./model-service.ts";
import { onLinkAttacks } from "./on-link.ts";
import { portsSocket } from "./ports.ts";
import { proofs, proveOpen } from "./proof.ts";
import { escapes } from "./suite.ts";

const daemon = withDaemon({ networks: true });

function place(): TestPlace {
  const found = daemon().place;
  if (found === undefined) throw new Error("this daemon has no place of its own");
  return found;
}

function backend(): Backend {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist, link: "network" });
}

let bundle: Awaited<ReturnType<typeof bundleHelper>>;
beforeAll(async () => void (bundle = await bundleHelper()));
afterAll(() => bundle[Symbol.asyncDispose]());

escapes("runc");
modelService("runc");
portsSocket("runc");
proofs("runc", backend, { upstream: () => place().upstream, breakable: ["bridge"] });
onLinkAttacks({
  place,
  prove: (open) => proveOpen(backend(), bundle.file, open, true, place().upstream),
});
