/** How the credential of a model is written. */
import { list } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { baseUrlFormat } from "./formats/base-url.ts";
import { toolFormat } from "./formats/tool.ts";
import type {
  AnthropicCredential,
  CredentialSpec,
  GeminiCredential,
  OpenaiCredential,
} from "./manifest.ts";
import { refreshField, secretField } from "./schema-secret.ts";

type ModelCredential = AnthropicCredential | GeminiCredential | OpenaiCredential;

interface Written extends Omit<ModelCredential, "kind"> {
  readonly preset: ModelCredential["kind"];
}

function model(kind: ModelCredential["kind"], article: string, url: string): Type<CredentialSpec> {
  return refine(
    object<Written>(`${article} ${kind} credential`, {
      preset: { type: choice([kind]), doc: "Which service.", required: true },
      secret: secretField,
      refresh: refreshField,
      url: {
        type: text(baseUrlFormat),
        doc: "The service's base URL, without its version.",
        fallback: url,
      },
      serverTools: {
        type: list(text(toolFormat)),
        doc: "Server-side tools that are allowed by name; they fetch for the agent.",
        fallback: [],
      },
    }),
    ({ preset, ...rest }) => ({ kind: preset, ...rest }),
  );
}

export const anthropic: Type<CredentialSpec> = model(
  "anthropic",
  "an",
  "https://api.anthropic.com",
);

export const gemini: Type<CredentialSpec> = model(
  "gemini",
  "a",
  "https://generativelanguage.googleapis.com",
);

export const openai: Type<CredentialSpec> = model("openai", "an", "https://api.openai.com");
