import { test } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { proveBottle } from "../support/proof.ts";
import { bundleHelper } from "../support/helper.ts";
import { withGvisor } from "../support/gvisor/suite.ts";
import { dist } from "../support/bottle.ts";
const daemon = withGvisor();
test("x", async () => {
  const bundle = await bundleHelper();
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  const backend = createDockerBackend({ uid: 0, env, dist, rung: "gvisor" });
  const open = process.env["OPEN"];
  await using b = await proveBottle({ backend, helper: bundle.file, open, allowedAuthority: null, gateway: { listen: async (p) => { const {createServer} = await import("node:net"); await new Promise<void>((d)=>createServer((s)=>s.destroy()).listen(p, d)); } } });
  for (const p of b.verdict.probes) if (!p.ok) console.log(p.name, "|", p.observed, "|", p.expected, "|", p.canary ?? "");
  console.log("ms", b.ms, b.verdict.probes.length);
  try { await b.running.pause?.(); console.log("paused"); await b.running.resume?.(); } catch (e) { console.log(String(e)); }
  const t = performance.now(); await b.running.stop(2000); console.log("stop", performance.now()-t);
}, 120000);
