/** The gateway of one bottle with its audit log, CA and trust: what the supervisor's contract asks for. */
import { secretsOfProxy } from "../gateway/bound-credentials.ts";
import type { AuditEvent, Credential, GatewayConfig } from "../gateway/config.ts";
import { createScrubberFactory } from "../gateway/scrub.ts";
import type { ScrubberFactory } from "../gateway/scrub.ts";
import { createCertificateAuthority } from "../gateway/tls/authority.ts";
import type { CertificateAuthority } from "../gateway/tls/authority.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type {
  GatewayHandle,
  GatewayStats,
  HostedGatewayHandle,
  PreparedCredentials,
  RecordHandle,
} from "../lifecycle/supervisor/deps.ts";
import { openAuditLog } from "../record/audit.ts";
import { recordPaths } from "../record/paths.ts";
import type { GatewayCredentials } from "./credentials.ts";
import { openEngine } from "./engine.ts";
import { allowedAuthority, gatewayConfig, namesOf } from "./gateway-config.ts";
import type { HostedGateway } from "./gateway-hosted/hosted.ts";
import { rotateSecrets } from "./rotate.ts";
import type { RotatingSecrets } from "./rotate.ts";
import { runGateway } from "./running-gateway.ts";

/** A gateway at work: in this process, or beside its bottle. */
export interface AtWork extends AsyncDisposable {
  listen(path: string): Promise<void>;
  stats(): Omit<GatewayStats, "audit">;
  /** Other secrets of the same credentials; throws, and changes nothing, where that cannot be. */
  replace(credentials: GatewayCredentials, secrets: readonly string[], why: string): void;
}

/** Opens the audit log and the gateway over it; disposing closes both, the log last and sealed. */
export async function openGateway(
  order: LaunchOrder,
  credentials: PreparedCredentials,
  record: RecordHandle,
  hosted?: HostedGatewayHandle,
): Promise<GatewayHandle> {
  const { plan, paths } = order;
  const own = credentials as GatewayCredentials;
  const config = await gatewayConfig(order, own.compiled);
  // As they are and encoded: neither a secret nor a placeholder stands in a log.
  const hidingFor = (held: readonly Credential[]): ScrubberFactory =>
    createScrubberFactory([
      ...held.flatMap(({ secret, placeholder }) => [secret, placeholder]),
      ...secretsOfProxy(config.upstreamProxy),
    ]);
  const held = [...own.compiled];
  let hidden = hidingFor(held);
  const audit = await openAuditLog({
    id: plan.id,
    paths: recordPaths(paths.stateHome, plan.id, record.run),
    scrub: (text) => hidden.text(text),
  });
  const note = (code: string, reason: string): void =>
    audit.append({ at: Date.now(), event: "note", code, reason });
  const engine = await openEngine(order, own.compiled, note).catch(async (error: unknown) => {
    await audit.close();
    throw error;
  });
  const judged: GatewayConfig = {
    ...config,
    ...engine.config,
    upstreamProxy: engine.proxy ?? config.upstreamProxy,
  };
  let heard = (_event: AuditEvent): void => undefined;
  const write = (event: AuditEvent): void => {
    audit.append(event);
    heard(event);
  };
  const ca = createCertificateAuthority({ names: namesOf(config), now: () => new Date() });
  const gateway = await (
    hosted === undefined
      ? workHere(judged, ca, write)
      : (hosted as HostedGateway).open({
          order,
          seed: record.seed,
          config: judged,
          ca,
          write,
          note,
        })
  ).catch(async (error: unknown) => {
    await engine[Symbol.asyncDispose]();
    await audit.close();
    throw error;
  });
  const rotating: RotatingSecrets = rotateSecrets({
    order,
    record,
    credentials: own,
    note,
    replace(next, secrets, why) {
      // Before it is in force: what it was is hidden still.
      hidden = hidingFor([...held, ...next.compiled]);
      gateway.replace(next, secrets, why);
      held.push(...next.compiled);
    },
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
    listen: (path) => gateway.listen(path),
    stats: () => ({
      ...gateway.stats(),
      ...(engine.isGone() && { engine: "gone" }),
      audit: audit.seal(),
    }),
    failed: audit.failed,
    [Symbol.asyncDispose]: close,
  };
}

async function workHere(
  config: GatewayConfig,
  ca: CertificateAuthority,
  audit: (event: AuditEvent) => void,
): Promise<AtWork> {
  const gateway = runGateway(config, { ca, audit });
  return {
    listen: async (path) => void (await gateway.listen({ path })),
    stats() {
      const { requests, refusals, firstInjectedAt, tokens } = gateway.stats();
      return { requests, refusals, tokens, firstInjectedAt };
    },
    replace({ compiled }, _secrets, why) {
      gateway.replace({ ...config, credentials: compiled }, why);
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
