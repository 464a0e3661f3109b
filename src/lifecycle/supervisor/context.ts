/** What the agent is told about its bottle, and the environment it starts with. */
import { basename } from "node:path";
import { doorPort } from "../../helper/protocol.ts";
import type { AgentContext, AgentRecipe } from "../agent.ts";
import type { LaunchOrder } from "../control.ts";
import type { PreparedCredentials, SupervisorParts } from "./deps.ts";

/** The link directory as the bottle sees it. */
export const insideLink = "/run/claude-bottle";
export const insideHelper = "/opt/claude-bottle/helper.js";
export const insideNode = "/opt/claude-bottle/node";

export function agentContext(order: LaunchOrder, credentials: PreparedCredentials): AgentContext {
  const { plan } = order;
  return {
    home: "/home/agent",
    workspace: plan.workspace.target ?? `/work/${workspaceName(plan.workspace.source)}`,
    door: `http://127.0.0.1:${doorPort}`,
    caFile: `${insideLink}/ca-bundle.pem`,
    ownCaFile: `${insideLink}/ca.pem`,
    credentials: credentials.context,
    interactive: !plan.headless,
    prompt: plan.agent.prompt,
    resume: order.resume,
    args: plan.agentArgs,
    brought: order.furniture.brought,
  };
}

/** The folder's own name, so that an agent sees what it works on; odd names become `workspace`. */
function workspaceName(source: string): string {
  const name = basename(source);
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) ? name : "workspace";
}

/** Common variables, then the provider's, then the owner's; the manifest cannot name a reserved one. */
export function agentEnvironment(
  order: LaunchOrder,
  parts: SupervisorParts,
  context: AgentContext,
  recipe: AgentRecipe,
): Readonly<Record<string, string>> {
  const env = { ...order.env, ...parts.commonEnvironment(context, order.terminal), ...recipe.env };
  if (order.breakBoundary !== "secret") return env;
  // Tests only: the search from outside must find this and stop the launch.
  return { ...env, CLAUDE_BOTTLE_TEST_SECRET: order.secrets[0] ?? "" };
}
