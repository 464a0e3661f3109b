/** Tokens in the caller's environment: that they are there, of which kind, and whether the manifest uses them. */
import type { Check } from "../../lifecycle/backend.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import type { DoctorHost } from "./host.ts";
import { tokenKind } from "./token-kind.ts";

const name = "token";

/** Where people keep tokens for the model: our own docs' name, and those that Claude Code and its SDK read. */
const known = [
  "CLAUDE_BOTTLE_OAUTH_TOKEN",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
] as const;

/** Never a value, and nothing from which its length could be told. */
export function tokens({ env }: DoctorHost, manifest: Manifest | undefined): readonly Check[] {
  const used = usedVariables(manifest);
  const present = known.filter((variable) => (env[variable] ?? "") !== "");
  if (present.length === 0 && used.size === 0)
    return [
      {
        name,
        state: "open",
        detail: "no variable holds a token for the model",
        remedy: "Make one with `claude setup-token`, or an API key, and keep it in a variable.",
      },
    ];
  return present.map((variable): Check => {
    const { words, fault } = tokenKind(env[variable] ?? "");
    const is = `${variable} is ${words}`;
    if (fault !== undefined)
      return {
        name,
        state: "bad",
        detail: `${is}; ${fault}`,
        remedy: "Use an API key, or the token that this prints: claude setup-token",
      };
    if (used.has(variable))
      return { name, state: "good", detail: `${is}, and the manifest uses it` };
    return {
      name,
      state: "open",
      detail: `${is}; the manifest does not use it`,
      remedy: `Add to a bottle's credentials: {preset: anthropic, secret: "env:${variable}"}`,
    };
  });
}

function usedVariables(manifest: Manifest | undefined): ReadonlySet<string> {
  const all = [...(manifest?.bottles.values() ?? [])].flatMap((bottle) => bottle.credentials);
  return new Set(
    all.flatMap(({ secret }) => (secret.source.kind === "env" ? [secret.source.variable] : [])),
  );
}
