/** The record of a gateway alone: a bottle's, without plan, proof and workspace. */
import { createScrubberFactory } from "../../gateway/scrub.ts";
import { hiddenValues } from "../../gateway/hidden.ts";
import type { AuditEvent, GatewayConfig } from "../../gateway/config.ts";
import { BottleError } from "../../errors/error.ts";
import { readProcess } from "../../host/process.ts";
import { openAuditLog } from "../../record/audit.ts";
import { openRecord, reopenRecord } from "../../record/record.ts";
import type { BottleRecord } from "../../record/record.ts";

export interface AloneRecord {
  readonly dir: string;
  append(event: AuditEvent): void;
  /** Values of these rules stand in no line from now on; those before them neither. */
  hide(config: GatewayConfig): void;
  /** Resolves when a line was lost: nothing may be answered any more. */
  readonly failed: Promise<BottleError>;
  /** Seals the log; `error` is what ended the gateway, if something did. */
  close(
    counts: { readonly requests: number; readonly refusals: number },
    error?: BottleError,
  ): Promise<void>;
}

export interface AloneRecordOptions {
  readonly stateHome: string;
  readonly id: string;
  readonly bottle: string;
  readonly manifest: string;
  readonly now: () => number;
  /** Hears every event, too. */
  readonly copy: ((event: AuditEvent) => void) | undefined;
}

/** A gateway that was kept goes on in its record, as one more run. */
export async function openAloneRecord(options: AloneRecordOptions): Promise<AloneRecord> {
  const { id, bottle, manifest, now, stateHome, copy } = options;
  const record = await recordOf({ stateHome, id });
  const values = new Set<string>();
  let hidden = createScrubberFactory([]);
  const log = await openAuditLog({ id, paths: record.paths, scrub: (text) => hidden.text(text) });
  const { pid } = process;
  const about = {
    agent: "gateway",
    bottle,
    manifest,
    rung: "none",
    place: "local",
    run: record.run,
  };
  const state = { ...about, pid, ticks: readProcess(pid)?.started ?? 0, startedAt: now() };
  await record.write("state", { ...state, state: "running" });
  const append = (event: AuditEvent): void => {
    log.append(event);
    copy?.(event);
  };
  append({ at: now(), event: "start" });
  return {
    dir: record.dir,
    append,
    hide({ credentials }) {
      for (const credential of credentials)
        for (const value of [...hiddenValues(credential), credential.placeholder])
          values.add(value);
      hidden = createScrubberFactory([...values]);
    },
    failed: log.failed,
    async close(counts, error) {
      append({ at: now(), event: "stop" });
      const audit = await log.close();
      const end = { endedAt: now(), code: error === undefined ? 0 : null };
      await record.write("receipt", { run: record.run, ...counts, audit });
      await record.write("state", {
        ...state,
        ...end,
        state: error === undefined ? "exited" : "failed",
        ...(error === undefined ? {} : { error: { code: error.code, what: error.message } }),
      });
    },
  };
}

/** Its record may have been removed meanwhile: then it gets a new one. */
async function recordOf(where: { stateHome: string; id: string }): Promise<BottleRecord> {
  return openRecord(where).catch((error: unknown) => {
    if (!(error instanceof BottleError) || error.code !== "E_RECORD_FOLDER") throw error;
    return reopenRecord(where);
  });
}
