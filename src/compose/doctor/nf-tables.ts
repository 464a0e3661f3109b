/** nf_tables: rungs that hold an agent by a firewall need it; the namespace rung has no network to filter. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Check } from "../../lifecycle/backend.ts";
import { readSystem } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { hasModule } from "../../host/modules.ts";

export function nfTables(host: DoctorHost): Check {
  const name = "nf-tables";
  const set = /^CONFIG_NF_TABLES=([ym])$/m.exec(configuration(host))?.[1];
  if (set === "y") return { name, state: "good", detail: "the kernel has nf_tables" };
  return hasModule(host, "nf_tables")
    ? { name, state: "good", detail: "nf_tables is a module that is loaded or can be" }
    : { name, state: "open", detail: "no nf_tables; the namespace rung does not need it" };
}

/** What the kernel was built with, where it tells. */
function configuration(host: DoctorHost): string {
  try {
    const packed = readFileSync(join(host.root, "/proc/config.gz"));
    return gunzipSync(packed, { maxOutputLength: 4 * 1024 * 1024 }).toString("latin1");
  } catch {
    return readSystem(host, `/boot/config-${host.kernel}`) ?? "";
  }
}
