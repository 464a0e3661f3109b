import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { dist } from "../support/bottle.ts";
import { withGvisor } from "../support/gvisor/suite.ts";
import { hijackedHelper } from "./helper-channel.ts";
import { modelService } from "./model-service.ts";
import { mountedWorkspace } from "./mount.ts";
import { portsSocket } from "./ports.ts";
import { proofs } from "./proof.ts";
import { escapes } from "./suite.ts";

const daemon = withGvisor();

escapes("gvisor");
modelService("gvisor");
hijackedHelper("gvisor");
portsSocket("gvisor");
mountedWorkspace("gvisor");
proofs("gvisor", () => {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist, rung: "gvisor" });
});
