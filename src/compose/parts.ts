/** Joins the real parts of a supervisor: this is where lifecycle's contracts meet gateway, backends, agents and proof. */
import { randomBytes } from "node:crypto";
import { compileCredential, newPlaceholder, secretKind } from "../credentials/compile.ts";
import type { Credential } from "../gateway/config.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { PreparedCredentials, SupervisorParts } from "../lifecycle/supervisor/deps.ts";
import { openCanaries } from "../proof/canaries.ts";
import { searchSecrets } from "../proof/secret-search.ts";
import { judge } from "../proof/verdict.ts";
import { openRecord } from "../record/record.ts";
import { openTerminal } from "../terminal/pty.ts";
import { cloneWorkspace } from "../workspace/clone.ts";

export async function supervisorParts(order: LaunchOrder): Promise<SupervisorParts> {
  throw new Error("to be joined");
}
