/** Kata's shim for the daemon's settings, as its own archive brings it: by its path, with the configuration for QEMU. */
import type { Registration } from "../doctor/register/register.ts";

export function kataRegistration(found: {
  readonly shim: string;
  readonly config: string;
}): Registration {
  return {
    program: found.shim,
    says: /\bkata\b/i,
    entries: (runtimeType) => ({ kata: { runtimeType, options: { ConfigPath: found.config } } }),
    page: "docs/isolation.md",
  };
}
