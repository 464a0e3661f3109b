/** Puts a changed manifest in force, or keeps the old rules and says why. */
import { BottleError, BottleErrors } from "../../errors/error.ts";
import type { AuditEvent } from "../../gateway/config.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Host } from "../paths.ts";
import { changesBetween } from "./changes.ts";
import type { AloneRecord } from "./record.ts";
import { readRules } from "./rules.ts";
import type { AloneRules, RulesSource } from "./rules.ts";
import type { Watched } from "./watch.ts";

export interface Reloader extends Disposable {
  /** The manifest in force. */
  watched(): Watched;
  /** Never rejects; calls that come while one is at work are one more. */
  reload(): Promise<void>;
  /** A service that does not take a secret (401) may have got a new one, which is at its source already. */
  heard(event: Pick<AuditEvent, "status" | "credential">): void;
}

/** Milliseconds between two reads: whoever makes a service say 401 must not make a program run for each. */
const leastMs = 30_000;
/** The longest time that setTimeout() takes. */
const longestMs = 2 ** 31 - 1;

export interface ReloaderOptions {
  readonly host: Host;
  readonly source: RulesSource;
  readonly rules: AloneRules;
  readonly gateway: Pick<Gateway, "replace">;
  readonly record: Pick<AloneRecord, "append" | "hide">;
  readonly now: () => number;
  /** For the owner. */
  readonly say: (line: string) => void;
  readonly sayError: (error: unknown) => void;
}

export function createReloader(options: ReloaderOptions): Reloader {
  const { host, source, gateway, record, now, say, sayError } = options;
  let rules = options.rules;
  let working: Promise<void> | undefined;
  let again = false;
  let heardAt = -leastMs;
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  const once = async (asked: boolean): Promise<void> => {
    try {
      const next = await readRules(host, source);
      const changes = changesBetween(rules, next);
      if (changes === undefined) return asked ? say("reloaded: nothing changed") : undefined;
      if (over) return;
      record.hide(next.config);
      const { ended } = gateway.replace(next.config, changes);
      rules = next;
      for (const hint of next.hints) say(hint);
      say(
        `reloaded: ${changes}${ended === 0 ? "" : `; ${ended === 1 ? "1 connection" : `${ended} connections`} ended`}`,
      );
    } catch (error) {
      record.append({ at: now(), event: "note", code: "rules-kept", reason: reasonOf(error) });
      sayError(error);
      say("not reloaded: the old rules stay in force");
    }
  };
  /** What a credential's `refresh` asks for, from the last read on; the shortest serves all. */
  const schedule = (): void => {
    clearTimeout(timer);
    const due = rules.bottle.credentials.flatMap(({ refresh }) => refresh ?? []);
    if (over || due.length === 0) return;
    const ms = Math.min(longestMs, Math.max(leastMs, Math.min(...due)));
    timer = setTimeout(() => void (working ??= all(false)), ms).unref();
  };
  const all = async (asked: boolean): Promise<void> => {
    await once(asked);
    while (again) {
      again = false;
      await once(true);
    }
    working = undefined;
    schedule();
  };
  schedule();

  return {
    watched: () => ({ path: rules.file, since: rules.readAt }),
    reload() {
      if (working !== undefined) again = true;
      return (working ??= all(true));
    },
    heard({ status, credential }) {
      const time = now();
      if (status !== 401 || credential === undefined || working !== undefined) return;
      // A clock that was set back is no reason to wait for longer.
      if (time >= heardAt && time - heardAt < leastMs) return;
      heardAt = time;
      working = all(false);
    },
    [Symbol.dispose]() {
      over = true;
      clearTimeout(timer);
    },
  };
}

/** The first fault, with its place: `bottles.yaml:7:3: …`. */
function reasonOf(error: unknown): string {
  const first = error instanceof BottleErrors ? error.errors[0] : error;
  if (!(first instanceof BottleError)) return "the new rules could not be read";
  const { place, code, message } = first;
  const where = [place?.file.split("/").at(-1), place?.line, place?.column];
  const known = where.filter((part) => part !== undefined).join(":");
  return `${known === "" ? "" : `${known}: `}${code}: ${message}`;
}
