/** What a bottle shares with this machine beside the workspace: folders and caches to read, and the agent's ports. */
import { byKind } from "./check/by-kind.ts";
import { list, unique } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, number, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { isWithin, localPathFormat } from "./formats/local-path.ts";
import { portPair, portPairFormat } from "./formats/port-pair.ts";
import { targetFormat } from "./formats/target.ts";
import type { CacheName, MountSpec, PortSpec } from "./manifest.ts";

const mount: Type<MountSpec> = object<MountSpec>("a mount", {
  source: {
    type: text(localPathFormat),
    doc: "The folder or file of this machine.",
    required: true,
  },
  target: { type: text(targetFormat), doc: "Where it appears inside.", required: true },
});

/** No mount covers another: which one the agent saw would depend on their order. */
export const mounts: Type<readonly MountSpec[]> = refine(list(mount), (specs, tree, report) => {
  const covered = specs.findIndex(({ target }, index) =>
    specs.some(
      (other, at) =>
        at < index && (isWithin(target, other.target) || isWithin(other.target, target)),
    ),
  );
  if (covered === -1) return specs;
  report.add(tree.kind === "list" ? (tree.items[covered]?.at ?? tree.at) : tree.at, {
    code: "E_MANIFEST_CONFLICT",
    what: "Two mounts are for the same place, or one lies in the other.",
    next: "Give each a target of its own.",
  });
  return undefined;
});

const cacheNames: readonly CacheName[] = ["npm", "pip", "go", "cargo", "maven", "gradle"];
export const caches: Type<readonly CacheName[]> = unique(
  list(choice(cacheNames)),
  (cache) => cache,
);

const port: Type<PortSpec> = byKind<PortSpec>({
  number: refine(number({ minimum: 1, maximum: 65_535, whole: true }), (same, tree, report) => {
    const pair = portPair(same, same);
    if (pair.ok) return pair.value;
    report.add(tree.at, pair.problem);
    return undefined;
  }),
  text: text(portPairFormat),
});

/** One port of this machine can lead to one port inside. */
export const publishedPorts: Type<readonly PortSpec[]> = unique(list(port), ({ host, inside }) =>
  host === 0 ? `0:${inside}` : String(host),
);
