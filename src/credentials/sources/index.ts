/** Secret sources by kind; a new one is a file here and a case below. */
import type { SecretSource } from "../../manifest/manifest.ts";
import { readCommandSecret } from "./command.ts";
import { readEnvSecret } from "./env.ts";
import { readFileSecret } from "./file.ts";
import { readKeychainSecret } from "./keychain.ts";
import type { ProgramDeps } from "./program.ts";
import { readPromptSecret } from "./prompt.ts";

export interface SecretDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Who may own secret files, beside root; default: the user who runs this. */
  readonly uid?: number;
  /** How long a command may take; default 30 s. */
  readonly commandTimeoutMs?: number;
  /** Asks on the owner's terminal, without showing what is typed; absent where nobody can answer. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Which keychain there is; default: this system's. */
  readonly platform?: NodeJS.Platform;
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
        credentials: deps.env["CREDENTIALS_DIRECTORY"],
      });
    case "command":
      return readCommandSecret(source.argv, programDeps(deps));
    case "keychain":
      return readKeychainSecret(source, {
        ...programDeps(deps),
        platform: deps.platform ?? process.platform,
      });
    case "prompt":
      return readPromptSecret(source.question, deps.ask);
  }
}

function programDeps({ env, commandTimeoutMs = 30_000 }: SecretDeps): ProgramDeps {
  return { env, timeoutMs: commandTimeoutMs };
}
