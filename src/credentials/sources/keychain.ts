/** `keychain:SERVICE/ACCOUNT`: a secret that the system keeps: the macOS keychain, or the Secret Service of a Linux desktop. */
import { BottleError } from "../../errors/error.ts";
import { complaint, runProgram } from "./program.ts";
import type { Outcome, ProgramDeps } from "./program.ts";
import { secretFromBytes } from "./value.ts";

export interface KeychainDeps extends ProgramDeps {
  readonly platform: NodeJS.Platform;
}

export interface KeychainEntry {
  readonly service: string;
  readonly account: string;
}

/** The system's own tool: what it is asked, how it says that there is no entry, how an entry is made. */
interface Tool {
  readonly argv: (entry: KeychainEntry) => readonly [string, ...string[]];
  readonly isMissing: (outcome: Outcome) => boolean;
  readonly store: (entry: KeychainEntry) => string;
  readonly install: string;
}

/** The value comes on stdout, and goes in by the tool's own question: it is in no argument. */
const tools: Partial<Readonly<Record<NodeJS.Platform, Tool>>> = {
  // security(1): errSecItemNotFound, -25300, is exit code 44.
  darwin: {
    argv: ({ service, account }) => [
      "security",
      "find-generic-password",
      "-s",
      service,
      "-a",
      account,
      "-w",
    ],
    isMissing: ({ code }) => code === 44,
    store: ({ service, account }) =>
      `security add-generic-password -s '${service}' -a '${account}' -w`,
    install: "It is part of macOS: look at PATH.",
  },
  // secret-tool(1): 1 without a word where nothing matches.
  linux: {
    argv: ({ service, account }) => [
      "secret-tool",
      "lookup",
      "service",
      service,
      "account",
      account,
    ],
    isMissing: ({ code, stdout, stderr }) => code === 1 && stdout.length === 0 && stderr === "",
    store: ({ service, account }) =>
      `secret-tool store --label='${service}' service '${service}' account '${account}'`,
    install:
      "Install it (Debian and Ubuntu: apt-get install libsecret-tools), or use file: or command:.",
  },
};

export async function readKeychainSecret(
  entry: KeychainEntry,
  deps: KeychainDeps,
): Promise<string> {
  const name = `keychain:${entry.service}/${entry.account}`;
  const tool = tools[deps.platform];
  if (tool === undefined)
    throw unusable(
      `There is no keychain on ${deps.platform}.`,
      undefined,
      "Use file: or command:.",
    );
  const [program, ...args] = tool.argv(entry);
  const outcome = await runProgram(program, args, deps).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "nothing";
    throw unusable(
      `${program} cannot be run for ${name}.`,
      `The system says ${code}.`,
      tool.install,
    );
  });
  if (outcome.end === "late")
    throw unusable(
      `${program} did not answer within ${deps.timeoutMs / 1000} s.`,
      complaint(outcome),
      "Unlock the keychain, and start again.",
    );
  if (tool.isMissing(outcome))
    throw new BottleError({
      code: "E_SECRET_MISSING",
      what: `The keychain has no entry for ${name}.`,
      next: `Make one with: ${tool.store(entry)}`,
    });
  if (outcome.end !== "exited" || outcome.code !== 0)
    throw unusable(
      `${program} failed with ${outcome.signal ?? `exit code ${outcome.code}`} for ${name}.`,
      complaint(outcome),
      "Run it by hand; without a desktop's session there may be no keychain: use file: or command:.",
    );
  return secretFromBytes(outcome.stdout, name);
}

function unusable(what: string, why: string | undefined, next: string): BottleError {
  return new BottleError({
    code: "E_SECRET_KEYCHAIN",
    what,
    next,
    ...(why !== undefined && { why }),
  });
}
