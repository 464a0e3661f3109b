/** Every secret that the manifest refers to: whether a start would get it. No program is run, nobody is asked. */
import { readSecret } from "../../credentials/sources/index.ts";
import { BottleError } from "../../errors/error.ts";
import type { Check } from "../../lifecycle/backend.ts";
import type { Manifest, SecretRef } from "../../manifest/manifest.ts";
import { describeCredential } from "../../plan/describe-credential.ts";
import { homeOf } from "../paths.ts";
import type { DoctorHost } from "./host.ts";
import { findProgram } from "./program.ts";
import { tokenKind } from "./token-kind.ts";

const name = "credential";

interface Wanted {
  readonly bottle: string;
  readonly credential: string;
  readonly secret: SecretRef;
}

export async function credentials(
  host: DoctorHost,
  manifest: Manifest | undefined,
): Promise<readonly Check[]> {
  const wanted = [...(manifest?.bottles.values() ?? [])].flatMap((bottle): readonly Wanted[] => {
    const auth = bottle.upstreamProxy?.auth ?? null;
    const proxy = auth === null ? [] : [{ credential: "upstreamProxy", secret: auth }];
    const own = bottle.credentials.map((spec) => ({
      credential: describeCredential(spec).name,
      secret: spec.secret,
    }));
    return [...own, ...proxy].map((one) => ({ bottle: bottle.name, ...one }));
  });
  return Promise.all(wanted.map((one) => look(host, one)));
}

async function look(host: DoctorHost, { bottle, credential, secret }: Wanted): Promise<Check> {
  const what = `${bottle}, ${credential}`;
  const { source } = secret;
  if (source.kind === "command") return lookForCommand(host, what, source.argv[0] ?? "");
  if (source.kind !== "env" && source.kind !== "file")
    return { name, state: "open", detail: `${what}: ${secret.text} is read at the start alone` };
  try {
    // Just as a start reads it; the value goes no further than its kind.
    const value = await readSecret(source, { env: host.env, home: homeOf(host), uid: host.uid });
    const { words, fault } = tokenKind(value);
    const model = credential === "anthropic";
    if (model && fault !== undefined)
      return {
        name,
        state: "bad",
        detail: `${what}: ${secret.text} is ${words}; ${fault}`,
        remedy: "Use an API key, or the token that this prints: claude setup-token",
      };
    const kind = model ? `is ${words}` : "is there";
    return { name, state: "good", detail: `${what}: ${secret.text} ${kind}` };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    return {
      name,
      state: "bad",
      detail: `${what}: ${error.message}`,
      ...(error.next !== undefined && { remedy: error.next }),
    };
  }
}

/** A password manager may ask for a finger or a passphrase: it is looked for, and not run. */
async function lookForCommand(host: DoctorHost, what: string, program: string): Promise<Check> {
  const found = await findProgram(program, host.env["PATH"]);
  return found === undefined
    ? { name, state: "bad", detail: `${what}: there is no program ${program}` }
    : { name, state: "good", detail: `${what}: ${found} is there; it is run at the start alone` };
}
