import { afterAll, beforeAll } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import type { Backend } from "../../src/lifecycle/backend.ts";
import { dist } from "../support/bottle.ts";
import type { TestPlace } from "../support/docker/place.ts";
import { withGvisor } from "../support/gvisor/suite.ts";
import { bundleHelper } from "../support/helper.ts";
import { onLinkAttacks } from "./on-link.ts";
import { proofs, proveOpen } from "./proof.ts";

const daemon = withGvisor({ networks: true });

function place(): TestPlace {
  const found = daemon().place;
  if (found === undefined) throw new Error("this daemon has no place of its own");
  return found;
}

function backend(): Backend {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({
    uid: process.getuid?.() ?? -1,
    env,
    dist,
    rung: "gvisor",
    link: "network",
  });
}

let bundle: Awaited<ReturnType<typeof bundleHelper>>;
beforeAll(async () => void (bundle = await bundleHelper()));
afterAll(() => bundle[Symbol.asyncDispose]());

proofs("gvisor", backend, {
  upstream: () => place().upstream,
  only: ["bridge", "kernel", "gateway-policy", "neighbour"],
});
onLinkAttacks({
  place,
  slow: "gVisor asks three seconds for each neighbour; bridge and gateway are those of runc, where it is tried",
  noNameServer:
    "the loopback of gVisor is its own, and the daemon's name server is on the other (gvisor issue 7469)",
  prove: (open) => proveOpen(backend(), bundle.file, open, true, place().upstream),
});
