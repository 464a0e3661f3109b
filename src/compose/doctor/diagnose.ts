/** What this host can do, and what stands in the way: every check, in the groups in which they are read. */
import type { Check } from "../../lifecycle/backend.ts";
import { defaultResources } from "../../manifest/schema-resources.ts";
import type { LimitPlan } from "../../plan/plan.ts";
import type { Host } from "../paths.ts";
import { defaultRung, usualBackend } from "../registry.ts";
import { certificates } from "./certificates.ts";
import { claude } from "./claude.ts";
import { clock } from "./clock.ts";
import { credentials } from "./credentials.ts";
import { disk } from "./disk.ts";
import { engines } from "./engines.ts";
import { folders } from "./folders.ts";
import { git } from "./git.ts";
import { thisMachine } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { kernel } from "./kernel.ts";
import { kvm } from "./kvm.ts";
import { leftovers } from "./leftovers.ts";
import { manifest } from "./manifest.ts";
import { nfTables } from "./nf-tables.ts";
import { node } from "./node.ts";
import { overlay } from "./overlay.ts";
import { packages } from "./packages.ts";
import { proxies } from "./proxies.ts";
import { records } from "./records.ts";
import { otherRungs, places, rungs } from "./rungs.ts";
import type { PlaceDiagnosis, RungDiagnosis } from "./rungs.ts";
import { tokens } from "./tokens.ts";
import { utilLinux } from "./util-linux.ts";

export interface CheckGroup {
  readonly name: string;
  readonly checks: readonly Check[];
}

export interface Diagnosis {
  readonly version: 1;
  /** The default rung works here. */
  readonly ok: boolean;
  readonly rungs: readonly RungDiagnosis[];
  readonly places: readonly PlaceDiagnosis[];
  /** How limits would hold on the default rung. */
  readonly limits: readonly LimitPlan[];
  readonly groups: readonly CheckGroup[];
}

/** Makes no bottle, asks nobody, and reads no secret further than its kind. */
export async function diagnose(
  caller: Host,
  options: { readonly manifest?: string | undefined } = {},
  host: DoctorHost = thisMachine(caller),
): Promise<Diagnosis> {
  const backend = await usualBackend(defaultRung, host);
  const [examined, others, loaded, limits] = await Promise.all([
    backend?.examine(),
    otherRungs(host),
    manifest(host, options.manifest),
    backend?.limits(defaultResources),
  ]);
  const found = await rungs(host, { rung: defaultRung, checks: examined ?? [] });
  const known = loaded.manifest;
  return {
    version: 1,
    ok: found.some(({ rung, available }) => rung === defaultRung && available),
    rungs: found,
    places: places(found),
    limits: limits ?? [],
    groups: await Promise.all([
      group(`rung ${defaultRung}`, examined ?? []),
      ...others.map(({ rung, checks }) => group(`rung ${rung}`, checks)),
      group("kernel", [kernel(host), overlay(host), nfTables(host), kvm(host)]),
      group("programs", [
        node(host),
        git(host),
        utilLinux(host),
        claude(host),
        packages(host, known),
        engines(host, known),
      ]),
      group("manifest", [loaded.checks, credentials(host, known), tokens(host, known)]),
      group("network", [proxies(host, known), certificates(host, known)]),
      group("machine", [clock(host), disk(host), folders(host)]),
      group("bottles", [leftovers(host), records(host)]),
    ]),
  };
}

type Found = Check | readonly Check[];

async function group(
  name: string,
  checks: readonly (Found | Promise<Found>)[],
): Promise<CheckGroup> {
  return {
    name,
    checks: (await Promise.all(checks.map((check) => Promise.resolve(check)))).flat(),
  };
}
