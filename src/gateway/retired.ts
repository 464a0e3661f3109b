/**
 * Values that were held before the rules were replaced. An agent may have kept them, and a service may still show them:
 * they are refused and scrubbed for the rest of the gateway's life.
 */
import { hiddenValues } from "./hidden.ts";
import type { GatewayConfig } from "./config.ts";
import { needsRestart } from "./needs-restart.ts";
import type { ScannedValue } from "./scan.ts";

export interface RetiredValues {
  /** Secrets and placeholders: may go nowhere. */
  readonly held: readonly ScannedValue[];
  /** The owner's visible values: may go to the agent's own model alone. */
  readonly visible: readonly ScannedValue[];
  /** What no answer may show. */
  readonly hidden: readonly string[];
}

export const nothingRetired: RetiredValues = { held: [], visible: [], hidden: [] };

/** Bytes of all of them: each is looked for in every request, in every form. */
const mostRetired = 32 * 1024;

type Values = Pick<GatewayConfig, "credentials" | "blockedValues">;

/** Throws where there are more than a gateway can look for. What is in use again is no longer retired. */
export function retire(retired: RetiredValues, before: Values, after: Values): RetiredValues {
  const used = new Set(
    after.credentials.flatMap(({ secret, placeholder }) => [secret, placeholder]),
  );
  const shown = new Set([...used, ...after.blockedValues.map(({ value }) => value)]);
  const held = before.credentials.flatMap(({ name, secret, placeholder }) => [
    { name: `an earlier secret of ${name}`, value: secret },
    { name: `an earlier placeholder of ${name}`, value: placeholder },
  ]);
  const current = new Set(after.credentials.flatMap(hiddenValues));
  const next: RetiredValues = {
    held: without([...retired.held, ...held], used),
    visible: without([...retired.visible, ...before.blockedValues], shown),
    hidden: [...new Set([...retired.hidden, ...before.credentials.flatMap(hiddenValues)])].filter(
      (value) => !current.has(value),
    ),
  };
  const size = [...next.held, ...next.visible].reduce((sum, { value }) => sum + value.length, 0);
  if (size > mostRetired)
    throw needsRestart("It holds as many replaced secrets as it can look for in every request.");
  return next;
}

function without(
  values: readonly ScannedValue[],
  used: ReadonlySet<string>,
): readonly ScannedValue[] {
  const byValue = new Map(values.map((one) => [one.value, one]));
  return [...byValue.values()].filter(({ value }) => !used.has(value));
}
