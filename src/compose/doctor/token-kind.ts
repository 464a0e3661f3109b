/** What kind of token a value is, by its prefix; nothing else of it is looked at, and nothing of it is said. */
import { tokenShape } from "../../manifest/token-shapes.ts";

export interface TokenKind {
  readonly words: string;
  /** Why the model's API would not take it. */
  readonly fault?: string;
}

export function tokenKind(value: string): TokenKind {
  if (value.startsWith("sk-ant-oat")) return { words: "an OAuth token of a subscription" };
  if (value.startsWith("sk-ant-api")) return { words: "an API key" };
  if (value.startsWith("sk-ant-ort"))
    return { words: "a refresh token", fault: "the API takes none" };
  if (value.startsWith("sk-ant-sid"))
    return { words: "a browser's session", fault: "the API takes none" };
  return { words: tokenShape(value)?.name ?? "of no kind that is known" };
}
