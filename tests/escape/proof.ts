/** The proof against real bottles of a rung and the real gateway: closed it passes, each boundary opened on purpose is seen. */
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Backend } from "../../src/lifecycle/backend.ts";
import type { RungName } from "../../src/manifest/manifest.ts";
import type { AuditEvent } from "../../src/gateway/config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import {
  addressProbeHost,
  addressProbeRule,
  withAddressProbe,
} from "../../src/proof/address-probe.ts";
import { boundariesOf, breakable } from "../../src/proof/boundaries.ts";
import type { BoundaryName } from "../../src/proof/rule.ts";
import { searchSecrets } from "../../src/proof/secret-search.ts";
import { readProcess } from "../../src/host/process.ts";
import { cannotOpen, capabilitiesOf } from "../support/capabilities.ts";
import { notApplicable } from "../support/require.ts";
import { bundleHelper } from "../support/helper.ts";
import { proveBottle } from "../support/proof.ts";
import type { ProvenBottle } from "../support/proof.ts";

const allowedHost = "allowed.claude-bottle.invalid";

export interface Proven extends AsyncDisposable {
  readonly bottle: ProvenBottle;
  readonly audit: readonly AuditEvent[];
  readonly failed: readonly string[];
}

/** A bottle with one allowed host, that resolves to nothing, and one boundary open at most. */
export async function proveOpen(
  backend: Backend,
  helper: string,
  open?: string,
  allow = true,
  upstream?: string,
): Promise<Proven> {
  const audit: AuditEvent[] = [];
  const rule = { host: allowedHost, ports: [443], scheme: "https" } as const;
  const gateway = createGateway(
    {
      id: "proof",
      allow: [...(allow ? [rule] : []), addressProbeRule],
      deny: [],
      credentials: [],
      blockedValues: [],
      extraCa: [],
      upstreamProxy: null,
      breakBoundary: open,
    },
    {
      now: () => Date.now(),
      resolve: withAddressProbe(() => Promise.reject(new Error("no such name"))),
      ca: createCertificateAuthority({ names: [allowedHost, addressProbeHost], now: new Date() }),
      audit: (event) => void audit.push(event),
      door: { host: "127.0.0.1", port: 4180 },
    },
  );
  try {
    const bottle = await proveBottle({
      backend,
      helper,
      open,
      upstream,
      allowedAuthority: allow ? allowedHost : null,
      gateway: {
        async listen(path) {
          await gateway.listen({ path });
        },
      },
    });
    const failed = bottle.verdict.probes.filter(({ ok }) => !ok).map(({ name }) => name);
    return {
      bottle,
      audit,
      failed,
      async [Symbol.asyncDispose]() {
        await bottle[Symbol.asyncDispose]();
        await gateway[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}

export interface ProofsOptions {
  /** Link `network`: an address of this machine that gateways reach. */
  readonly upstream?: () => string;
  /** Boundaries that this link has besides. */
  readonly breakable?: readonly BoundaryName[];
  /** Only these, and nothing of a bottle's life, where the rung's others are opened over another link. */
  readonly only?: readonly BoundaryName[];
}

/** The suite for one rung; `backend` is asked for once its tests run. */
export function proofs(rung: RungName, backend: () => Backend, more: ProofsOptions = {}): void {
  let bundle: Awaited<ReturnType<typeof bundleHelper>>;
  beforeAll(async () => {
    bundle = await bundleHelper();
  });
  afterAll(() => bundle[Symbol.asyncDispose]());
  const proveOne = (open?: string, allow?: boolean): Promise<Proven> =>
    proveOpen(backend(), bundle.file, open, allow, more.upstream?.());

  describe(`the proof of a bottle on the rung ${rung}`, () => {
    it("passes every probe of a closed one", async () => {
      await using proven = await proveOne();
      expect(proven.bottle.verdict.probes.filter(({ ok }) => !ok)).toEqual([]);
      expect(proven.bottle.verdict.ok).toBe(true);
      expect(proven.bottle.verdict.probes.length).toBeGreaterThanOrEqual(20);
    });

    it("passes every probe where the policy allows no host at all", async () => {
      await using proven = await proveOne(undefined, false);
      expect(proven.bottle.verdict.probes.filter(({ ok }) => !ok)).toEqual([]);
    });

    it("leaves its refusals in the audit log and nothing that was allowed", async () => {
      await using proven = await proveOne();
      const codes = proven.audit.filter(({ event }) => event === "refused").map(({ code }) => code);
      expect(codes).toContain("host-not-allowed");
      expect(codes).toContain("address-not-allowed");
      expect(proven.audit.filter(({ event }) => event === "request")).toEqual([]);
    });

    it.for(
      (more.only ?? [...breakable, ...(more.breakable ?? [])]).filter(
        (boundary) => boundary !== "sysctl" || process.getuid?.() === 0,
      ),
    )("sees the boundary %s open", async (boundary, context) => {
      const closed = cannotOpen(backend().capabilities, boundary);
      if (closed !== undefined) notApplicable(context, closed);
      await using proven = await proveOne(boundary);
      expect(proven.bottle.verdict.ok).toBe(false);
      const { link, kernel } = backend().capabilities;
      const own = boundariesOf(link, kernel).get(boundary) ?? [];
      expect(proven.failed.filter((name) => own.includes(name))).not.toEqual([]);
    });
  });

  if (more.only !== undefined) return;

  describe(`a bottle that is paused on the rung ${rung}`, () => {
    beforeEach((context) => {
      if (!capabilitiesOf(rung).pause) notApplicable(context, "this rung cannot pause");
    });

    it("stands still, and goes on where it was", async () => {
      await using proven = await proveOne();
      const { talk, running, dir } = proven.bottle;
      const beat = "i=0; while :; do i=$((i+1)); echo $i > beat; sleep 0.02; done";
      const exec = { exec: 700, argv: ["sh", "-c", beat], env: { PATH: "/usr/bin:/bin" } };
      talk.send({ type: "exec", ...exec, cwd: "/work/project" });
      const read = (): Promise<string> => readFile(`${dir}/work/beat`, "utf8").catch(() => "");
      await expect.poll(read, { timeout: 10_000 }).toMatch(/^\d+$/m);
      await running.pause?.();
      const before = await read();
      await sleep(300);
      expect(await read()).toBe(before);
      await running.resume?.();
      await expect.poll(read, { timeout: 10_000 }).not.toBe(before);
    });

    it("can be stopped while it stands still", async () => {
      await using proven = await proveOne();
      const { running } = proven.bottle;
      const pids = await running.processes();
      await running.pause?.();
      await running.stop(2000);
      for (const pid of pids) expect(readProcess(pid)).toBeUndefined();
    });
  });

  describe(`the search from outside on the rung ${rung}`, () => {
    it("finds a value in a running bottle's environment, memory and files, and none that is not there", async () => {
      await using proven = await proveOne();
      const { talk } = proven.bottle;
      const planted = "planted-Zk3v9QwX71-value";
      talk.send({
        type: "exec",
        exec: 500,
        argv: ["/usr/bin/python3", "-c", "import time; print('up', flush=True); time.sleep(60)"],
        env: { KEY: planted },
        cwd: "/",
      });
      await talk.message("exec-output", ({ exec }) => exec === 500);
      await writeFile(`${proven.bottle.dir}/work/file`, `x ${planted} y`);
      const pids = await proven.bottle.processes();
      const values = [
        { name: "planted", value: planted },
        { name: "absent", value: "absent-Jq81mZpL02-value" },
      ];
      const paths = [`${proven.bottle.dir}/work`, `${proven.bottle.dir}/home`];
      const quick = await searchSecrets({ pids, paths, values, memory: false });
      // Environments are in a memory that is another kernel's: only there they are found.
      const environ = capabilitiesOf(rung).ownKernel ? [] : ["environ"];
      expect(quick.found.map(({ where }) => where.split(" ")[0])).toEqual([
        ...environ,
        `${proven.bottle.dir}/work/file`,
      ]);
      expect(new Set(quick.found.map(({ name }) => name))).toEqual(new Set(["planted"]));
      expect(quick.unread).toEqual([]);
      const deep = await searchSecrets({ pids, paths: [], values, memory: true });
      expect(new Set(deep.found.map(({ name }) => name))).toEqual(new Set(["planted"]));
      expect(deep.found.some(({ where }) => where.startsWith("memory"))).toBe(true);
    });
  });
}
