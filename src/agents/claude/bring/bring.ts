/** What of the owner's Claude Code set-up comes into a bottle, as he asked; everything in it is visible to the agent. */
import type { BringRequest, BroughtFiles } from "../../../lifecycle/agent.ts";
import { Basket } from "./basket.ts";
import { bringServers } from "./servers.ts";
import { bringSettings } from "./settings.ts";

export function bringClaude(request: BringRequest): BroughtFiles {
  const basket = new Basket(request);
  const asked = new Set(request.parts);
  if (asked.has("memory")) {
    basket.file("CLAUDE.md");
    basket.folder("rules", "rules");
  }
  if (asked.has("commands")) basket.folder("commands", "commands");
  if (asked.has("agents")) basket.folder("agents", "agents");
  for (const skill of request.skills) basket.skill(skill);
  const settings = asked.has("settings") ? bringSettings(basket) : {};
  const servers = asked.has("mcp") ? bringServers(basket, request.isInside) : {};
  return { ...basket.contents(), settings, servers };
}
