import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { dist } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { hijackedHelper } from "./helper-channel.ts";
import { modelService } from "./model-service.ts";
import { mountedWorkspace } from "./mount.ts";
import { portsSocket } from "./ports.ts";
import { proofs } from "./proof.ts";
import { escapes } from "./suite.ts";

const daemon = withDaemon();

escapes("runc");
modelService("runc");
hijackedHelper("runc");
portsSocket("runc");
mountedWorkspace("runc");
proofs("runc", () => {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist });
});
