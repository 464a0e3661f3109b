/** What a manifest says of a bottle and of an agent, for people, without a start: `info`, `list`, and the question of `trust`. */
import { formatSize } from "../manifest/formats/size.ts";
import type { AgentSpec, BottleSpec } from "../manifest/manifest.ts";
import { broughtLines, firstLine, ofProject } from "./agent-words.ts";
import { grantSections, grantsOf } from "./grants.ts";
import { imageWords } from "./image-words.ts";
import { wrap } from "./layout.ts";
import type { Section } from "./lines.ts";
import { plain } from "./lines.ts";
import { linkWords } from "./link.ts";
import { workspaceSpecLines } from "./workspace-lines.ts";

/** `agent`: whose variables are beside the bottle's. */
export function aboutBottle(
  bottle: BottleSpec,
  agent: AgentSpec | undefined,
  columns: number,
): readonly Section[] {
  const { rung, minimumRung, link, image, resources, workspace } = bottle;
  const least = minimumRung === "namespace" ? "" : `, ${minimumRung} at least`;
  const { cpus, memory, pids, disk } = resources;
  const all: readonly Section[] = [
    { label: "rung", lines: plain(wrap(`${rung}${least}, ${bottle.place}`, columns)) },
    { label: "link", lines: link === undefined ? [] : plain(wrap(linkWords(link), columns)) },
    {
      label: "image",
      lines: plain(imageWords(image).flatMap((words) => wrap(words, columns))),
    },
    { label: "workspace", lines: workspaceSpecLines(workspace, columns) },
    ...grantSections(grantsOf(bottle, agent?.env ?? []), columns),
    {
      label: "limits",
      lines: plain(
        wrap(
          `${cpus} cpus, ${formatSize(memory)} memory, ${pids} processes, ${formatSize(disk)} disk`,
          columns,
        ),
      ),
    },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

/** `bottle`: how the bottle is called here, with whose it is. */
export function aboutAgent(agent: AgentSpec, bottle: string, columns: number): readonly Section[] {
  const prompt =
    agent.prompt === undefined ? [] : wrap(`prompt: ${firstLine(agent.prompt)}`, columns);
  const lines = [
    ...wrap(`${agent.name} (${agent.provider})${ofProject(agent)}`, columns),
    ...prompt,
    ...broughtLines(agent, columns),
  ];
  return [
    { label: "agent", lines: plain(lines) },
    { label: "bottle", lines: plain(wrap(bottle, columns)) },
  ];
}
