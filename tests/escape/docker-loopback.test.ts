import { afterAll, beforeAll } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import type { Backend } from "../../src/lifecycle/backend.ts";
import { breakableOnLoopback } from "../../src/proof/boundaries.ts";
import { dist } from "../support/bottle.ts";
import type { TestPlace } from "../support/docker/place.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { bundleHelper } from "../support/helper.ts";
import { hijackedHelper } from "./helper-channel.ts";
import { modelService } from "./model-service.ts";
import { besideAttacks } from "./beside.ts";
import { portsSocket } from "./ports.ts";
import { proofs, proveOpen } from "./proof.ts";
import { escapes } from "./suite.ts";

const daemon = withDaemon({ networks: true, link: "loopback" });

function place(): TestPlace {
  const found = daemon().place;
  if (found === undefined) throw new Error("this daemon has no place of its own");
  return found;
}

function backend(): Backend {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist, link: "loopback" });
}

let bundle: Awaited<ReturnType<typeof bundleHelper>>;
beforeAll(async () => void (bundle = await bundleHelper()));
afterAll(() => bundle[Symbol.asyncDispose]());

escapes("runc");
modelService("runc");
hijackedHelper("runc");
portsSocket("runc");
proofs("runc", backend, { upstream: () => place().upstream, breakable: breakableOnLoopback });
besideAttacks({
  place,
  prove: (open) => proveOpen(backend(), bundle.file, open, true, place().upstream),
});
