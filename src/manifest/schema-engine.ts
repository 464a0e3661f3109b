/** The engine: another program that has a say in what leaves. Where it stands, and what it reads. */
import { byKind } from "./check/by-kind.ts";
import { object, refine } from "./check/object.ts";
import { choice, number, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { localPathFormat } from "./formats/local-path.ts";
import type { EngineSpec } from "./manifest.ts";

interface WrittenEngine {
  readonly name: EngineSpec["name"];
  readonly as: EngineSpec["as"];
  readonly program?: string;
  readonly conversation: EngineSpec["conversation"];
  readonly entropy: number;
}

/** What is written as a name alone. */
const usual = { as: "verdict", program: null, conversation: "unread", entropy: 4.5 } as const;

const name: Type<EngineSpec["name"]> = choice(["pipelock"]);

export const engine: Type<EngineSpec> = byKind<EngineSpec>({
  text: refine(name, (word) => ({ name: word, ...usual })),
  map: refine(
    object<WrittenEngine>("an engine", {
      name: { type: name, doc: "Which program: pipelock.", required: true },
      as: {
        type: choice(["verdict", "last-hop"], ["alone"]),
        doc: "verdict: asked about each request before a credential is in it. last-hop: the proxy through which the gateway goes.",
        fallback: usual.as,
      },
      program: {
        type: text(localPathFormat),
        doc: "The program's path; else it is looked for in claude-bottle's cache and on your PATH.",
      },
      conversation: {
        type: choice(["unread", "read"]),
        doc: "verdict: whether it reads what the agent says to its own model as well.",
        fallback: usual.conversation,
      },
      entropy: {
        type: number({ minimum: 1, maximum: 8, whole: false }),
        doc: "Bits for each character from which on it takes a part of a URL for a secret.",
        fallback: usual.entropy,
      },
    }),
    ({ program = null, ...rest }) => ({ ...rest, program }),
  ),
});
