/** What the preflight says of an engine: where it stands, what it sees, and what it does not. */
import type { EngineSpec } from "../manifest/manifest.ts";
import type { Grants } from "./grants.ts";
import { wrap } from "./layout.ts";
import type { Line } from "./lines.ts";
import { plain, toned } from "./lines.ts";

const stands: Readonly<Record<EngineSpec["as"], string>> = {
  verdict:
    "is asked about each request after the rules here allowed it, and before a credential is in it",
  "last-hop": "is the way out: every request leaves through it, and it may refuse the host",
};

export function engineLines({ engine, egress }: Grants, columns: number): readonly Line[] {
  if (engine === undefined) return [];
  const { name, as, program, conversation } = engine;
  return [
    ...toned("plain", `${name} ${stands[as]}`, columns),
    ...toned("dim", "without its answer nothing leaves", columns),
    ...(as === "verdict" && conversation === "unread"
      ? toned("dim", "it does not read what the agent says to its own model", columns)
      : []),
    ...(as === "last-hop"
      ? toned("warn", "which address a name means is decided and checked there, not here", columns)
      : []),
    ...(as === "verdict" && egress.allow.some(({ tunnel }) => tunnel === true)
      ? toned("warn", "what goes through unread is not shown to it", columns)
      : []),
    ...(program === null ? [] : plain(wrap(`the program: ${program}`, columns))),
  ];
}
