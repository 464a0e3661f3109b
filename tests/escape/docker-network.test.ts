import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { dist } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { proofs } from "./proof.ts";

const daemon = withDaemon({ networks: true });

proofs(
  "runc",
  () => {
    const env = { DOCKER_HOST: `unix://${daemon().socket}` };
    return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist, link: "network" });
  },
  { upstream: () => daemon().place?.upstream ?? "" },
);
