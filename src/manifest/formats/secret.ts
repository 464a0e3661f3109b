/** A reference to a secret: `env:`, `file:`, `command:`, `keychain:` or `prompt:`; anything else would be the secret itself. */
import type { Format, Parsed } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import type { SecretRef, SecretSource } from "../manifest.ts";
import { hasControls } from "../quote.ts";
import { isVariable } from "./name.ts";
import { splitWords } from "./words.ts";

const sources: Readonly<Record<string, (rest: string) => SecretSource | string>> = {
  env: (rest) =>
    isVariable(rest)
      ? { kind: "env", variable: rest }
      : "env: takes the name of a variable, such as env:API_TOKEN.",
  file: (rest) =>
    /^(?:\/|~\/)./.test(rest)
      ? { kind: "file", path: rest }
      : "file: takes a path from / or ~/, such as file:~/.secrets/token.",
  command: (rest) => {
    const argv = splitWords(rest);
    return argv === undefined || argv.length === 0 || argv[0] === ""
      ? "command: takes a program and its arguments without a shell, such as command:pass show api."
      : { kind: "command", argv };
  },
  keychain: (rest) => {
    // Each goes to a program as one argument: neither may look like an option.
    const [, service, account] =
      /^([\w.@:+][\w.@:+ -]{0,127})\/([\w.@:+][\w.@:+ -]{0,127})$/.exec(rest) ?? [];
    return service === undefined || account === undefined
      ? "keychain: takes a service and an account, such as keychain:claude-bottle/model."
      : { kind: "keychain", service, account };
  },
  prompt: (rest) => {
    const question = rest.trim();
    return question === "" || question.length > 200
      ? "prompt: takes a question of up to 200 characters, such as prompt:Token of the staging API."
      : { kind: "prompt", question };
  },
};

export const secretFormat: Format<SecretRef> = {
  name: "a reference to a secret",
  json: { pattern: "^(env|file|command|keychain|prompt):" },
  parse(text): Parsed<SecretRef> {
    const colon = text.indexOf(":");
    const source =
      colon === -1
        ? undefined
        : Object.entries(sources).find(([kind]) => kind === text.slice(0, colon))?.[1];
    if (source === undefined) {
      return bad(
        "E_MANIFEST_INLINE_SECRET",
        "The secret is written out here; it is not shown.",
        "Write where it is kept instead: env:NAME, file:PATH, command:PROGRAM ARGUMENTS, keychain:SERVICE/ACCOUNT or prompt:QUESTION.",
        "A manifest holds references, so that it can be shared and backed up.",
      );
    }
    if (hasControls(text) || text.length > 1024)
      return bad(
        "E_MANIFEST_VALUE",
        "The reference is too long or has control characters.",
        "Write it on one line.",
      );
    const made = source(text.slice(colon + 1));
    // The reference is not quoted: somebody may have pasted the secret behind the colon.
    return typeof made === "string"
      ? bad("E_MANIFEST_VALUE", "The reference to the secret is incomplete or malformed.", made)
      : good({ text, source: made });
  },
};
