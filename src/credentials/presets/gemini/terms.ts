/**
 * The parts of the Gemini API that a bottle may use freely: they make the service fetch, run or read nothing that is not in the
 * request itself. Everything else is refused until `serverTools:` names it. Names in the form of proto3 JSON; the service takes
 * those of the .proto files, with underscores, as well.
 */

/** Fields of a request. */
export const requestFields: ReadonlySet<string> = new Set([
  "contents",
  "generateContentRequest",
  "generationConfig",
  "labels",
  "model",
  "safetySettings",
  "serviceTier",
  "systemInstruction",
  "toolConfig",
  "tools",
]);

/** Fields of a part. */
export const partFields: ReadonlySet<string> = new Set([
  "functionCall",
  "functionResponse",
  "inlineData",
  "mediaResolution",
  "partMetadata",
  "text",
  "thought",
  "thoughtSignature",
  "videoMetadata",
]);

/** Each holds what the agent's own words are, which nobody acts on. */
export const ownFields: ReadonlySet<string> = new Set([
  "args",
  "functionDeclarations",
  "labels",
  "partMetadata",
  "response",
  "responseJsonSchema",
  "responseSchema",
]);

/** `file_data` is `fileData` (proto3 specification, "JSON Mapping"). */
export function jsonName(key: string): string {
  return key.replaceAll(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase());
}

/** As `serverTools:` names it. */
export function protoName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
