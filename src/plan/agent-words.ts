/** Words about an agent that plan, list and trust share. */
import type { AgentSpec } from "../manifest/manifest.ts";
import { wrap } from "./layout.ts";

/** Enough of a prompt to know it again; a whole one would push the rest off the screen. */
export function firstLine(prompt: string): string {
  const [first = "", ...more] = prompt.trim().split("\n");
  return first.length > 200 ? `${first.slice(0, 200)}…` : `${first}${more.length > 0 ? " …" : ""}`;
}

export function ofProject({ project }: Pick<AgentSpec, "project">): string {
  if (project === undefined) return "";
  return project === "trusted"
    ? "; of the project's manifest, which you trust"
    : "; of the project's manifest, which you do not trust";
}

/** Copies of the owner's own files: the agent can read them, and so can whoever took it over. */
export function broughtLines(
  { skills, bring }: Pick<AgentSpec, "skills" | "bring">,
  columns: number,
): readonly string[] {
  return [
    ...(skills.length === 0 ? [] : wrap(`your skills: ${skills.join(", ")}`, columns)),
    ...(bring.length === 0 ? [] : wrap(`copied from your set-up: ${bring.join(", ")}`, columns)),
  ];
}
