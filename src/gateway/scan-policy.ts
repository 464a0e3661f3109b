/** How much is looked for in what goes to a host: what its rules say. */
import type { HostRule } from "../manifest/manifest.ts";
import type { Authority } from "./config.ts";
import { createPolicy } from "./policy.ts";

export interface ScanPolicy {
  /** A rule that covers the request says that tokens may go there. */
  patternsOff(authority: Authority, method: string, path: string): boolean;
  /** A rule that covers the request says that what cannot be read may go there. */
  anyEncoding(authority: Authority, method: string, path: string): boolean;
}

export function createScanPolicy(allow: readonly HostRule[]): ScanPolicy {
  const without = createPolicy(
    allow.filter(({ patterns }) => patterns === "off"),
    [],
  );
  const any = createPolicy(
    allow.filter(({ encodings }) => encodings === "any"),
    [],
  );
  return {
    patternsOff: (authority, method, path) => without.allows(authority, method, path),
    anyEncoding: (authority, method, path) => any.allows(authority, method, path),
  };
}
