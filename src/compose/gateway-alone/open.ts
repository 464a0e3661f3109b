/** A gateway in front of any sandbox: opened, reloaded while it runs, drained. */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BottleError } from "../../errors/error.ts";
import type { AuditEvent } from "../../gateway/config.ts";
import { createGateway } from "../../gateway/gateway.ts";
import { createCertificateAuthority } from "../../gateway/tls/authority.ts";
import { claimRunDirectory } from "../../lifecycle/run-directory.ts";
import { namesOf } from "../gateway-config.ts";
import { createLookUp } from "../look-up-name.ts";
import { hostPaths } from "../paths.ts";
import type { Host } from "../paths.ts";
import { trustedRoots } from "../roots.ts";
import { announcementOf } from "./announce.ts";
import type { Announcement } from "./announce.ts";
import { certificateNames, writeCertificates } from "./certificates.ts";
import { boundStrangers } from "./events.ts";
import { openHealth } from "./health.ts";
import type { Health } from "./health.ts";
import { openIdentity } from "./identity.ts";
import { listening, placeText } from "./listening.ts";
import { placeOf } from "./place.ts";
import { openAloneRecord } from "./record.ts";
import { createReloader } from "./reload.ts";
import type { Reloader } from "./reload.ts";
import { readRules } from "./rules.ts";
import { rememberAnswers } from "./answers.ts";

export interface AloneRequest {
  readonly manifest: string | undefined;
  readonly bottle: string | undefined;
  readonly listen: string;
  /** What clients call it, where that is not the place it listens at. */
  readonly door: { readonly host: string; readonly port: number } | undefined;
  /** Other machines may reach it. */
  readonly open: boolean;
  readonly health: string | undefined;
  /** Folder for what a restart keeps. */
  readonly state: string | undefined;
  /** Folder for the files of certificates. */
  readonly certificates: string | undefined;
  /** Where the client sees that folder. */
  readonly inside: string | undefined;
  /** Hears every event beside the record. */
  readonly copy: ((event: AuditEvent) => void) | undefined;
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** For the owner. */
  readonly say: (line: string) => void;
  readonly sayError: (error: unknown) => void;
}

export interface AloneGateway {
  readonly announcement: Announcement;
  readonly reloader: Reloader;
  /** Resolves when the audit log has lost a line: nothing is answered any more. */
  readonly failed: Promise<BottleError>;
  /** Takes no more, waits so long for requests in flight, then closes. */
  drain(ms: number): Promise<void>;
  /** At once; `error`: what ended it. */
  close(error?: BottleError): Promise<void>;
}

/** Where a sandbox with a socket listens, as a bottle does. */
const usualDoor = { host: "127.0.0.1", port: 4180 };
/** Days: clients hold its authority for longer than a bottle lives. */
const authorityDays = 365;

export async function openAlone(host: Host, request: AloneRequest): Promise<AloneGateway> {
  const target = placeOf(request.listen, request.open);
  const healthAt = request.health === undefined ? undefined : placeOf(request.health, request.open);
  const paths = hostPaths(host);
  const identity = await openIdentity(host, request.state);
  const { id, seed, ownPlaceholder, folder, authority } = identity;
  const extraCa = host.env["NODE_EXTRA_CA_CERTS"];
  const answers = rememberAnswers(request.askSecret);
  const source = {
    manifest: request.manifest,
    bottle: request.bottle,
    id,
    seed,
    ownPlaceholder,
    extraCa: await trustedRoots(extraCa === undefined || extraCa === "" ? [] : [extraCa]),
  };
  const rules = await readRules(host, { ...source, askSecret: answers.ask });
  for (const hint of rules.hints) request.say(hint);

  const undo: (() => Promise<unknown>)[] = [];
  let ending: Promise<void> | undefined;
  const undoAll = (): Promise<void> =>
    (ending ??= (async () => {
      for (const step of undo.toReversed()) await step();
    })());
  try {
    const run = join(paths.runHome, id);
    // Two processes never are the same gateway.
    await claimRunDirectory(run);
    undo.push(() => rm(run, { recursive: true, force: true }));
    const ca = createCertificateAuthority({
      names: namesOf(rules.config),
      now: () => new Date(),
      days: authorityDays,
      kept: authority,
    });
    await identity.keep(ca);
    const at = resolve(host.cwd, request.certificates ?? folder ?? run);
    const files = await writeCertificates(at, ca.caPem);
    const record = await openAloneRecord({
      stateHome: paths.stateHome,
      id,
      bottle: rules.bottle.name,
      manifest: rules.file,
      now,
      copy: request.copy,
    });
    record.hide(rules.config);
    let stats = (): { requests: number; refusals: number } => ({ requests: 0, refusals: 0 });
    let failure: BottleError | undefined;
    undo.push(() => record.close(stats(), failure));
    const write = boundStrangers((event) => record.append(event));
    const gateway = createGateway(rules.config, {
      now,
      resolve: createLookUp(rules.config.upstreamProxy),
      ca,
      audit: (event) => {
        write(event);
        reloader.heard(event);
      },
      door: request.door ?? ("path" in target ? usualDoor : target),
      ownPlaceholder,
    });
    // Nothing is heard before it listens.
    const reloader = createReloader({
      host,
      source: { ...source, askSecret: answers.recall },
      rules,
      gateway,
      record,
      now,
      say: request.say,
      sayError: request.sayError,
    });
    undo.push(async () => reloader[Symbol.dispose]());
    stats = () => gateway.stats();
    undo.push(async () => gateway[Symbol.asyncDispose]());
    void record.failed.then(() => gateway[Symbol.asyncDispose]());
    let takes = true;
    const health = await healthOf(healthAt, () => takes);
    if (health !== undefined) undo.push(async () => health[Symbol.asyncDispose]());
    const bound = await listening(target, (place) => gateway.listen(place));
    const { inside } = request;
    return {
      announcement: announcementOf({
        id,
        listen: placeText(bound),
        health: health === undefined ? null : placeText(health.at),
        door: request.door ?? ("path" in bound ? usualDoor : bound),
        ownPlaceholder,
        credentials: rules.credentials,
        caFile: files.ca,
        inside: inside === undefined ? files : seenIn(inside),
      }),
      reloader,
      failed: record.failed,
      async drain(ms) {
        takes = false;
        await gateway.drain(ms);
        await undoAll();
      },
      close(error) {
        failure = error;
        return undoAll();
      },
    };
  } catch (error) {
    await undoAll();
    throw error;
  }
}

function now(): number {
  return Date.now();
}

async function healthOf(
  target: Parameters<typeof openHealth>[0] | undefined,
  takes: () => boolean,
): Promise<Health | undefined> {
  if (target === undefined) return undefined;
  let health: Health | undefined;
  await listening(target, async (place) => (health = await openHealth(place, takes)).at);
  return health;
}

function seenIn(folder: string): { readonly ca: string; readonly bundle: string } {
  return {
    ca: join(folder, certificateNames.ca),
    bundle: join(folder, certificateNames.bundle),
  };
}
