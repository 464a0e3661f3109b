/** Reads a bottle's secrets anew while it runs, from where the plan says they are, and puts them in force. */
import { createRotation } from "../credentials/rotation.ts";
import type { Rotation } from "../credentials/rotation.ts";
import { readSecret } from "../credentials/sources/index.ts";
import { BottleError } from "../errors/error.ts";
import type { AuditEvent } from "../gateway/config.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { RecordHandle } from "../lifecycle/supervisor/deps.ts";
import { prepareCredentials } from "./credentials.ts";
import type { GatewayCredentials } from "./credentials.ts";

export interface RotateOptions {
  readonly order: LaunchOrder;
  readonly record: Pick<RecordHandle, "seed">;
  readonly credentials: GatewayCredentials;
  /** Puts others in force, whole; throws, and changes nothing, where it cannot. */
  readonly replace: (
    credentials: GatewayCredentials,
    secrets: readonly string[],
    why: string,
  ) => void;
  /** For the owner, in the audit log. */
  readonly note: (code: string, reason: string) => void;
}

export interface RotatingSecrets extends Disposable {
  /** An answer of 401 to a request with a credential is a refusal of its secret. */
  heard(event: Pick<AuditEvent, "status" | "credential">): void;
}

/** The request that was refused is the agent's to ask again: what it would do twice, nobody here can know. */
export function rotateSecrets(options: RotateOptions): RotatingSecrets {
  const { order, record, replace, note } = options;
  const { credentials } = order.plan;
  let { secrets } = order;
  let current = options.credentials;
  const named = (index: number): string => credentials[index]?.secret.text ?? "";
  const rotation: Rotation = createRotation({
    now: () => performance.now(),
    secrets: credentials.map(({ secret: { source }, refresh }, index) =>
      source.kind === "env" || source.kind === "prompt"
        ? undefined
        : {
            refreshMs: refresh,
            value: secrets[index] ?? "",
            read: () => readSecret(source, { env: order.sourceEnv ?? {}, home: order.paths.home }),
          },
    ),
    changed(index, value) {
      const fresh = secrets.with(index, value);
      const next = prepareCredentials({ ...order, secrets: fresh }, record);
      // An OAuth token that became a key: the agent would have to present it otherwise.
      if (next.context[index]?.placeholder !== current.context[index]?.placeholder)
        throw new BottleError({
          code: "E_CREDENTIAL_SECRET",
          what: "The new secret is of another kind.",
          next: "Start the bottle anew.",
        });
      replace(next, fresh, `the secret from ${named(index)} was read anew`);
      secrets = fresh;
      current = next;
    },
    failed: (index, error) =>
      note(
        "secret-not-renewed",
        `the secret from ${named(index)} stays as it was: ${error instanceof BottleError ? error.message : "it could not be read"}`,
      ),
  });
  return {
    heard({ status, credential }) {
      const index = credential === undefined ? undefined : current.origin.get(credential);
      if (status === 401 && index !== undefined) void rotation.refused(index);
    },
    [Symbol.dispose]: () => rotation[Symbol.dispose](),
  };
}
