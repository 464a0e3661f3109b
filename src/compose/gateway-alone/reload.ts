/** Puts a changed manifest in force, or keeps the old rules and says why. */
import { BottleError, BottleErrors } from "../../errors/error.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Host } from "../paths.ts";
import { changesBetween } from "./changes.ts";
import type { AloneRecord } from "./record.ts";
import { readRules } from "./rules.ts";
import type { AloneRules, RulesSource } from "./rules.ts";
import type { Watched } from "./watch.ts";

export interface Reloader {
  /** The manifest in force. */
  watched(): Watched;
  /** Never rejects; calls that come while one is at work are one more. */
  reload(): Promise<void>;
}

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

  const once = async (): Promise<void> => {
    try {
      const next = await readRules(host, source);
      const changes = changesBetween(rules, next);
      if (changes === undefined) return say("reloaded: nothing changed");
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
  const all = async (): Promise<void> => {
    do {
      again = false;
      await once();
    } while (again);
    working = undefined;
  };

  return {
    watched: () => ({ path: rules.file, since: rules.readAt }),
    reload() {
      if (working !== undefined) again = true;
      return (working ??= all());
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
