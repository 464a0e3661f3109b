/** Secret sources by kind; a new one is a file here and a case below. */
import type { SecretSource } from "../../manifest/manifest.ts";
import { readCommandSecret } from "./command.ts";
import { readEnvSecret } from "./env.ts";
import { readFileSecret } from "./file.ts";

export interface SecretDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Who may own secret files, beside root; default: the user who runs this. */
  readonly uid?: number;
  /** How long a command may take; default 30 s. */
  readonly commandTimeoutMs?: number;
}

/** The secret's value; it goes to the gateway and nowhere else. Errors never hold it. */
export async function readSecret(source: SecretSource, deps: SecretDeps): Promise<string> {
  switch (source.kind) {
    case "env":
      return readEnvSecret(source.variable, deps.env);
    case "file":
      return readFileSecret(source.path, {
        home: deps.home,
        uid: deps.uid ?? process.getuid?.() ?? -1,
      });
    case "command":
      return readCommandSecret(source.argv, {
        env: deps.env,
        timeoutMs: deps.commandTimeoutMs ?? 30_000,
      });
  }
}
