/** Raises a bottle's firewall: a container that joins the gateway's network, has the one capability for it, and ends before anything of the bottle runs. */
import { BottleError } from "../../../errors/error.ts";
import type { Engine } from "../engine/engine.ts";
import { waitForEnd } from "../end.ts";
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
  const json = {
    Image: options.image,
    User: "0:0",
    // One argument is a whole file to it, and no shell is between.
    Entrypoint: ["/usr/sbin/nft", firewallRules(options)],
    Cmd: [],
    Env: [],
    Labels: options.labels,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      NetworkMode: `container:${options.container}`,
      CapDrop: ["ALL"],
      CapAdd: ["NET_ADMIN"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      AutoRemove: true,
    },
  };
  const made = await engine.call("POST", "/containers/create", { json });
  const container = String((made as { readonly Id?: unknown }).Id);
  const { ended } = await waitForEnd(engine, container);
  await engine.call("POST", `/containers/${container}/start`);
  if ((await ended) === 0) return;
  throw new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: "The kernel of the Docker daemon's machine did not take the firewall between the bottle and its gateway.",
    next: "Load the kernel's nf_tables with its reject and conntrack modules there, or use the link socket.",
  });
}
