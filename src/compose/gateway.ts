/** The gateway of one bottle with its audit log, CA and trust: what the supervisor's contract asks for. */
import { doorPort } from "../helper/protocol.ts";
import { secretsOfProxy } from "../gateway/bound-credentials.ts";
import type { AuditEvent, Credential, GatewayConfig } from "../gateway/config.ts";
import { createGateway } from "../gateway/gateway.ts";
import { createScrubberFactory } from "../gateway/scrub.ts";
import type { ScrubberFactory } from "../gateway/scrub.ts";
import { createCertificateAuthority } from "../gateway/tls/authority.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type {
  GatewayHandle,
  PreparedCredentials,
  RecordHandle,
} from "../lifecycle/supervisor/deps.ts";
import { addressProbeRule, withAddressProbe } from "../proof/address-probe.ts";
import { openAuditLog } from "../record/audit.ts";
import { recordPaths } from "../record/paths.ts";
import type { GatewayCredentials } from "./credentials.ts";
import { readRevocationLists } from "./crl.ts";
import { openEngine } from "./engine.ts";
import { blockedEnv } from "./env.ts";
import { rotateSecrets } from "./rotate.ts";
import type { RotatingSecrets } from "./rotate.ts";
import { createLookUp } from "./look-up-name.ts";
import { trustedRoots } from "./roots.ts";
import { upstreamProxyOf } from "./upstream-proxy.ts";

/** Opens the audit log and the gateway over it; disposing closes both, the log last and sealed. */
export async function openGateway(
  order: LaunchOrder,
  credentials: PreparedCredentials,
  record: RecordHandle,
): Promise<GatewayHandle> {
  const { plan, paths } = order;
  const own = credentials as GatewayCredentials;
  const { compiled } = own;
  const ownProxy = await upstreamProxyOf(order);
  // As they are and encoded: neither a secret nor a placeholder stands in a log.
  const hidingFor = (held: readonly Credential[]): ScrubberFactory =>
    createScrubberFactory([
      ...held.flatMap(({ secret, placeholder }) => [secret, placeholder]),
      ...secretsOfProxy(ownProxy),
    ]);
  const held = [...compiled];
  let hidden = hidingFor(held);
  const audit = await openAuditLog({
    id: plan.id,
    paths: recordPaths(paths.stateHome, plan.id, record.run),
    scrub: (text) => hidden.text(text),
  });
  const note = (code: string, reason: string): void =>
    audit.append({ at: Date.now(), event: "note", code, reason });
  const engine = await openEngine(order, compiled, note);
  const upstreamProxy = engine.proxy ?? ownProxy;
  const config: GatewayConfig = {
    id: plan.id,
    allow: [...plan.egress.allow, addressProbeRule],
    deny: plan.egress.deny,
    credentials: compiled,
    blockedValues: blockedEnv(plan, order.env),
    extraCa: await trustedRoots(order.extraCaFiles),
    crl: await readRevocationLists(plan.egress.crl),
    upstreamProxy,
    ...engine.config,
    breakBoundary: order.breakBoundary,
  };
  let heard = (_event: AuditEvent): void => undefined;
  const ca = createCertificateAuthority({ names: namesOf(config), now: () => new Date() });
  const gateway = createGateway(config, {
    now: () => Date.now(),
    resolve: withAddressProbe(createLookUp(upstreamProxy)),
    ca,
    audit: (event: AuditEvent) => {
      audit.append(event);
      heard(event);
    },
    door: { host: "127.0.0.1", port: doorPort },
  });
  const rotating: RotatingSecrets = rotateSecrets({
    order,
    record,
    credentials: own,
    replace(next, why) {
      // Before it is in force: what it was is hidden still.
      hidden = hidingFor([...held, ...next.compiled]);
      gateway.replace({ ...config, credentials: next.compiled }, why);
      held.push(...next.compiled);
    },
    note,
  });
  heard = (event) => rotating.heard(event);
  // A request that cannot be written down is not answered (DESIGN promise 3).
  void audit.failed.then(() => gateway[Symbol.asyncDispose]());
  const close = async (): Promise<void> => {
    rotating[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await audit.close();
  };
  // It has started side by side with the bottle; whoever opens a gateway gets one that answers.
  await engine.ready.catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    caPem: ca.caPem,
    allowedAuthority: allowedAuthority(config),
    listen: async (path) => {
      await gateway.listen({ path });
    },
    stats: () => {
      const { requests, refusals, firstInjectedAt, tokens } = gateway.stats();
      return { requests, refusals, tokens, firstInjectedAt, audit: audit.seal() };
    },
    failed: audit.failed,
    [Symbol.asyncDispose]: close,
  };
}

/** Every name that may be intercepted: the CA can sign for no other. */
export function namesOf({ allow, credentials }: GatewayConfig): readonly string[] {
  const bound = credentials.flatMap((credential) => credential.authorities.map(({ host }) => host));
  return [...new Set([...allow.map(({ host }) => host), ...bound])];
}

/** A name that CONNECT to port 443 is granted for; addresses and wildcards do not serve the fronting probes. */
function allowedAuthority({ allow, deny, credentials }: GatewayConfig): string | null {
  const bound = credentials.flatMap((credential) => credential.authorities);
  const rules = allow.filter(({ scheme, ports }) => scheme === "https" && ports.includes(443));
  const names = [
    ...bound.filter(({ scheme, port }) => scheme === "https" && port === 443),
    ...rules,
  ].map(({ host }) => host);
  const denied = new Set(deny.map(({ host }) => host));
  return names.find((name) => /^(?=.*[a-z])[a-z0-9.-]+$/.test(name) && !denied.has(name)) ?? null;
}
