/** What stands around the demo's bottle: servers at the far end of the wire, secrets, and files that must stay out of sight. */
import type { SeenRequest } from "./model/request.ts";

export interface World {
  /** `https://localhost:<port>`, or by another name through a proxy (relay.ts): the scripted model, bound to the held secret. */
  readonly modelUrl: string;
  readonly modelRequests: readonly SeenRequest[];
  /** `https://localhost:<port>`: an allowed host without credential. */
  readonly sinkUrl: string;
  readonly sinkRequests: readonly string[];
  /** The way to both, where the gateway is not on this machine's loopback. */
  readonly proxyUrl?: string | undefined;
  /** Listeners of the machine that the bottle is on, `host:port`, and how often they were touched. */
  readonly canaryTcp: readonly string[];
  readonly canaryUdp: readonly string[];
  readonly canaryTouches: () => number;
  /** That machine, in words: this one, or another. */
  readonly machine: string;
  /** What the gateway holds. */
  readonly token: string;
  /** What the owner put into the bottle himself; it must not leave. */
  readonly planted: string;
  /** Files of this machine that the agent looks for; undefined where it is on another, and would look at nothing. */
  readonly hostFiles: HostFiles | undefined;
}

export interface HostFiles {
  /** The user's home, and names in it that no bottle has. */
  readonly home: string;
  readonly homeNames: readonly string[];
  /** A readable file outside of the workspace, and what it says. */
  readonly file: string;
  readonly fileText: string;
}

/** The forms in which a secret would still be useful to a thief. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex")];
}

/** Whether the text holds the secret in any of its forms. */
export function holdsSecret(text: string, secret: string): boolean {
  return formsOf(secret).some((form) => text.includes(form));
}

/** One word for a POSIX shell, whatever it holds. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
