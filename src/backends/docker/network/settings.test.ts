import { describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure } from "../engine/failure.ts";
import { attached } from "./attachment.ts";
import { createNetworks } from "./networks.ts";
import { subnetsOf } from "./subnet.ts";

type Body = Readonly<Record<string, unknown>>;

/** An Engine of that version that notes which networks it is asked for; `refuses` answers with an error instead. */
function engineOf(
  version: string,
  refuses: (body: Body) => EngineFailure | undefined = () => undefined,
) {
  const made: Body[] = [];
  const removed: string[] = [];
  const call = (method: string, path: string, { json }: { json?: Body } = {}): Promise<unknown> => {
    if (method === "DELETE") return Promise.resolve(void removed.push(path));
    const refusal = refuses(json ?? {});
    if (refusal !== undefined) return Promise.reject(refusal);
    made.push(json ?? {});
    return Promise.resolve({ Id: "x" });
  };
  const engine = {
    call,
    daemon: () => Promise.resolve(version),
    version: () => Promise.resolve(version),
  };
  return { engine: engine as unknown as Engine, made, removed };
}

const wanted = { id: "claude-abcde", owner: "0.1.2.a.3", open: undefined } as const;
const never = (): Promise<boolean> => Promise.resolve(false);

describe("the networks of a bottle", () => {
  it.each([
    ["1.41", { "com.docker.network.bridge.inhibit_ipv4": "true" }],
    ["1.47", { "com.docker.network.bridge.inhibit_ipv4": "true" }],
    ["1.48", { "com.docker.network.bridge.gateway_mode_ipv4": "isolated" }],
    ["1.52", { "com.docker.network.bridge.gateway_mode_ipv4": "isolated" }],
  ])("give the host no address on the inner one: API %s", async (version, options) => {
    const { engine, made } = engineOf(version);
    const { inside, outside } = await createNetworks(engine, wanted, never);
    expect(made[0]).toMatchObject({
      Name: inside.name,
      Internal: true,
      EnableIPv6: false,
      Options: options,
    });
    expect(made[1]).toMatchObject({
      Name: outside.name,
      Internal: false,
      EnableIPv6: false,
      Options: { "com.docker.network.bridge.enable_icc": "false" },
    });
    for (const { bridge } of [inside, outside]) expect(bridge.length).toBeLessThan(16);
    expect(Object.keys((made[0] as { readonly Options: object }).Options)).toHaveLength(2);
  });

  it("have other addresses where theirs are taken, and leave no half of a try behind", async () => {
    const taken = new Set([
      subnetsOf(wanted.id, 0).outside.cidr,
      subnetsOf(wanted.id, 1).inside.cidr,
    ]);
    const { engine, removed } = engineOf("1.41", ({ IPAM }) => {
      const { Config } = IPAM as { readonly Config: readonly { readonly Subnet: string }[] };
      return taken.has(Config[0]?.Subnet ?? "")
        ? new EngineFailure(403, "Pool overlaps with other one on this address space")
        : undefined;
    });
    const { inside } = await createNetworks(engine, wanted, never);
    expect(inside.subnet).toEqual(subnetsOf(wanted.id, 2).inside);
    expect(removed).toEqual([
      "/networks/claude-bottle-claude-abcde",
      "/networks/claude-bottle-claude-abcde-out",
    ]);
  });

  it("end in the Engine's own words after twenty tries, and at once for anything else", async () => {
    let tries = 0;
    const full = engineOf("1.41", () => {
      tries += 1;
      return new EngineFailure(403, "Pool overlaps with other one on this address space");
    });
    await expect(createNetworks(full.engine, wanted, never)).rejects.toThrow("Pool overlaps");
    expect(tries).toBe(40);
    const broken = engineOf("1.41", () => new EngineFailure(500, "no bridge driver"));
    await expect(createNetworks(broken.engine, wanted, never)).rejects.toThrow("no bridge driver");
  });
});

describe("a bottle's place on its network", () => {
  const { inside: subnet } = subnetsOf(wanted.id, 0);
  const network = { name: "n", bridge: "b", subnet };

  it("says how long nobody is waited for, where the API takes it", () => {
    const old = attached({ network, version: "1.45", resolves: false, ownUsers: false });
    expect(old.sysctls).toMatchObject({ "net.ipv4.neigh.eth0.retrans_time_ms": "10" });
    expect(JSON.stringify(old.networking)).not.toContain("IFNAME");
    const fresh = attached({ network, version: "1.46", resolves: false, ownUsers: false });
    expect(Object.keys(fresh.sysctls)).toEqual(["net.ipv4.ping_group_range"]);
    expect(fresh.networking).toMatchObject({
      EndpointsConfig: {
        n: {
          DriverOpts: {
            "com.docker.network.endpoint.sysctls":
              "net.ipv4.neigh.IFNAME.retrans_time_ms=10,net.ipv4.neigh.IFNAME.ucast_solicit=50",
          },
        },
      },
    });
  });

  it("says nothing of neighbours where the network is a user namespace's, which has no such settings", () => {
    for (const version of ["1.41", "1.46"]) {
      const own = attached({ network, version, resolves: false, ownUsers: true });
      expect(own.sysctls).toEqual({ "net.ipv4.ping_group_range": "1 0" });
      expect(JSON.stringify(own.networking)).not.toContain("neigh");
    }
  });

  it("makes the bottle itself the only one whom Docker's name server may ask", () => {
    expect(attached({ network, version: "1.41", resolves: false, ownUsers: false }).host).toEqual({
      NetworkMode: "n",
      Dns: [subnet.bottle],
    });
  });
});
