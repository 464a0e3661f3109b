/** Puts a project's agents and bottles beside the owner's; the rules have seen to it that no name is taken. */
import { join } from "node:path";
import type { BottleSpec, Manifest } from "../manifest.ts";
import type { Pin } from "./store.ts";
import type { TrustState } from "./trust-state.ts";

export interface JoinedProject {
  readonly file: string;
  readonly name: string;
  readonly root: string;
  readonly state: TrustState;
}

export function joinProject(
  user: Manifest | undefined,
  project: Manifest,
  { file, name, root, state }: JoinedProject,
): Manifest {
  const agents = [...project.agents.values()].map((agent) => ({
    ...agent,
    project: state.trusted ? ("trusted" as const) : ("untrusted" as const),
  }));
  const pins = state.trusted ? state.refers : [];
  const bottles = [...project.bottles.values()].map((bottle) => pinned(bottle, root, pins));
  const names = agents.map((agent) => agent.name).join(", ");
  const hint = state.trusted
    ? []
    : [
        `${name} in this folder is not trusted; of it you can start by name, in bottles open to projects: ${names}.`,
      ];
  return {
    version: 1,
    file: user?.file ?? file,
    project: file,
    bottles: new Map([...(user?.bottles ?? []), ...bottles.map((one) => [one.name, one] as const)]),
    agents: new Map([...(user?.agents ?? []), ...agents.map((one) => [one.name, one] as const)]),
    hints: [...(user?.hints ?? []), ...project.hints, ...(agents.length > 0 ? hint : [])],
  };
}

/** Whoever reads the file later compares it with the hash that was trusted, not with what is there by then. */
function pinned(bottle: BottleSpec, root: string, pins: readonly Pin[]): BottleSpec {
  const { image } = bottle;
  if (image.kind !== "build") return { ...bottle, project: "trusted" };
  const pin = pins.find(({ path }) => join(root, path) === image.file);
  return { ...bottle, project: "trusted", image: { ...image, sha256: pin?.sha256 ?? "" } };
}
