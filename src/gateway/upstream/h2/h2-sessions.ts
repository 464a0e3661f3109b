/** The HTTP/2 connections to upstreams, by authority, and what is known of who speaks it. */
import type { UpstreamSide } from "../upstream-side.ts";
import type { H2Session } from "./h2-session.ts";

/** Authorities whose protocol is remembered; an agent below a wildcard could make up any number. */
const mostLearnt = 4096;

export interface H2Sessions {
  /** A stream on a connection that stands. */
  take(key: string): UpstreamSide | undefined;
  put(session: H2Session): void;
  /** It takes no more requests. */
  retire(session: H2Session): void;
  /** It is gone. */
  remove(session: H2Session): void;
  /** Those to other addresses take no more requests. */
  retain(key: string, addresses: ReadonlySet<string>): void;
  /** Remembers what an upstream chose. */
  learn(key: string, h2: boolean): void;
  /** It chose HTTP/2 when it was last asked. */
  learnt(key: string): boolean;
  /** Retires those of authorities which may not be asked any more. */
  drop(): void;
  /** All finish what runs; nothing more begins. */
  retireAll(): void;
  sweep(): void;
  close(): void;
}

/** `allowed`: whether the rules in force let anybody ask an authority, by its key. */
export function createH2Sessions(allowed: (key: string) => boolean): H2Sessions {
  const sessions = new Map<string, Set<H2Session>>();
  const everyone = new Set<H2Session>();
  const speaks = new Map<string, boolean>();
  return {
    take(key) {
      for (const session of sessions.get(key) ?? []) if (session.usable) return session.open();
      return undefined;
    },
    put(session) {
      everyone.add(session);
      const set = sessions.get(session.key);
      if (set === undefined) sessions.set(session.key, new Set([session]));
      else set.add(session);
    },
    retire(session) {
      const set = sessions.get(session.key);
      set?.delete(session);
      if (set?.size === 0) sessions.delete(session.key);
    },
    remove: (session) => void everyone.delete(session),
    retain(key, addresses) {
      for (const session of [...(sessions.get(key) ?? [])])
        if (session.address !== undefined && !addresses.has(session.address)) session.retire();
    },
    learn(key, h2) {
      speaks.delete(key);
      speaks.set(key, h2);
      if (speaks.size <= mostLearnt) return;
      const [oldest] = speaks.keys();
      if (oldest !== undefined) speaks.delete(oldest);
    },
    learnt: (key) => speaks.get(key) === true,
    drop() {
      for (const session of [...everyone]) if (!allowed(session.key)) session.retire();
    },
    retireAll() {
      for (const session of [...everyone]) session.retire();
    },
    sweep() {
      for (const session of [...everyone]) session.sweep();
    },
    close() {
      for (const session of [...everyone]) session.destroy();
    },
  };
}
