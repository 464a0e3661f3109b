import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { dist } from "../support/bottle.ts";
import { withGvisor } from "../support/gvisor/suite.ts";
import { proofs } from "./proof.ts";

const daemon = withGvisor();

proofs("gvisor", () => {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist, rung: "gvisor" });
});
