import { hijackedHelper } from "./helper-channel.ts";
import { modelJudges } from "./model-judges.ts";
import { modelService } from "./model-service.ts";
import { createNamespaceBackend } from "../../src/backends/namespace/backend.ts";
import { mountedWorkspace } from "./mount.ts";
import { portsSocket } from "./ports.ts";
import { proofs } from "./proof.ts";
import { escapes } from "./suite.ts";

escapes("namespace");
modelService("namespace");
modelJudges("namespace");
hijackedHelper("namespace");
portsSocket("namespace");
mountedWorkspace("namespace");
proofs("namespace", () => createNamespaceBackend({ uid: process.getuid?.() ?? -1 }));
