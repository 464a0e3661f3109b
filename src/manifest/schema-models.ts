/** How the credential of a model is written. */
import { list } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { baseUrlFormat } from "./formats/base-url.ts";
import { toolFormat } from "./formats/tool.ts";
import type { AnthropicCredential, CredentialSpec } from "./manifest.ts";
import { secretField } from "./schema-secret.ts";

interface WrittenAnthropic extends Omit<AnthropicCredential, "kind"> {
  readonly preset: "anthropic";
}

export const anthropic: Type<CredentialSpec> = refine(
  object<WrittenAnthropic>("an anthropic credential", {
    preset: { type: choice(["anthropic"]), doc: "Which service.", required: true },
    secret: secretField,
    url: {
      type: text(baseUrlFormat),
      doc: "The service's base URL.",
      fallback: "https://api.anthropic.com",
    },
    serverTools: {
      type: list(text(toolFormat)),
      doc: "Server-side tools that are allowed by name; they fetch for the agent.",
      fallback: [],
    },
  }),
  ({ preset, ...rest }) => ({ kind: preset, ...rest }),
);
