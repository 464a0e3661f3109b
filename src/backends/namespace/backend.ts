/** The namespace backend: bottles made of the host kernel's namespaces with bubblewrap. The default rung. */
import type { Backend, Capabilities } from "../../lifecycle/backend.ts";
import { examineHost } from "./doctor/examine.ts";
import { realHost } from "./doctor/host.ts";
import { groupBases, readGroupFacts } from "./groups/bases.ts";
import { leftGroups, sweepGroup } from "./groups/leftovers.ts";
import { launchBottle } from "./launch.ts";
import { planLimits } from "./limits.ts";
import { givenOwner, ownerOf } from "../owner.ts";
import { probeHost } from "./probe.ts";

export const namespaceCapabilities: Capabilities = {
  rung: "namespace",
  link: "socket",
  ownKernel: false,
  kernel: "host",
  pause: false,
  system: "host",
  files: "bound",
  terminal: "host",
  sharedNamespaces: [],
  nosuid: true,
  coversSockets: true,
  takesDescriptors: true,
};

export interface NamespaceHost {
  /** Who runs us; 0 means that bottles get an unprivileged uid of their own. */
  readonly uid: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly arch?: string;
  /** The Node that bottles see at `/opt/claude-bottle/node`. */
  readonly node?: string;
  /** The supervisor: control groups carry its pid as their owner. */
  readonly pid?: number;
}

export function createNamespaceBackend(host: NamespaceHost): Backend {
  const {
    uid,
    gid = process.getgid?.() ?? uid,
    platform = process.platform,
    arch = process.arch,
  } = host;
  const { node = process.execPath, pid = process.pid } = host;
  const bases = () => groupBases(readGroupFacts());
  const seen = realHost(platform, arch, uid);
  const probe = () => Promise.resolve(probeHost(seen));
  const owner = (id: string) => ownerOf(id, { uid, gid });
  return {
    name: "namespace",
    capabilities: namespaceCapabilities,
    probe,
    examine: () => examineHost(seen, readGroupFacts, () => owner("doctor-00000")),
    owner,
    limits: (wanted) =>
      Promise.resolve(planLimits(wanted, platform === "linux" ? bases() : [], uid)),
    launch: (spec, stdio) =>
      launchBottle(spec, stdio, {
        uid,
        arch,
        node,
        pid,
        owner: spec.owner === undefined ? owner(spec.id) : givenOwner(spec.owner, uid),
        bases: bases(),
        probe,
      }),
    find: () =>
      Promise.resolve(left().map(({ id, dir }) => ({ id, what: `control group ${dir}` }))),
    async sweep(leftover) {
      for (const group of left()) if (group.id === leftover.id) await sweepGroup(group);
    },
  };

  function left() {
    return platform === "linux" ? leftGroups(bases()) : [];
  }
}
