/** Raises a bottle's firewall: a container that joins the gateway's network, has the one capability for it, and ends before anything of the bottle runs. */
import { BottleError } from "../../../errors/error.ts";
import type { Engine } from "../engine/engine.ts";
import { runOnce } from "../once.ts";
import { firewallRules } from "./firewall.ts";
import type { FirewallOptions } from "./firewall.ts";

export interface RaiseOptions extends FirewallOptions {
  /** Whose network it is. */
  readonly container: string;
  /** Of the gateway, which has nft. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Throws where the rules were not taken as a whole. */
export async function raiseFirewall(engine: Engine, options: RaiseOptions): Promise<void> {
  const { container, image, labels } = options;
  const raised = await runOnce(engine, {
    image,
    labels,
    // One argument is a whole file to it, and no shell is between.
    argv: ["/usr/sbin/nft", firewallRules(options)],
    host: { NetworkMode: `container:${container}`, CapAdd: ["NET_ADMIN"] },
  });
  if (raised) return;
  throw new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: "The kernel of the Docker daemon's machine did not take the firewall between the bottle and its gateway.",
    next: "Load the kernel's nf_tables with its reject and conntrack modules there, or use the link socket.",
  });
}
