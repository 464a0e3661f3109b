/** Events that nobody has acknowledged yet: bounded, since whoever writes them down may be cut off for long. */
import type { AuditEvent } from "../../gateway/config.ts";
import { recordBehind } from "../../gateway/unrecorded.ts";

export interface BacklogOptions {
  /** Returns its number. */
  readonly send: (event: AuditEvent) => number;
  /** Characters from which on no request is let through, and those that not even what was let through before may add to them. */
  readonly full: number;
  readonly most: number;
  /** There is no more room at all: an event would be lost. */
  readonly overflow: () => void;
  readonly now: () => number;
}

export interface Backlog {
  write(event: AuditEvent): void;
  /** Whether one more request may be answered. */
  readonly writable: boolean;
  /** All events up to this number are written down. */
  acknowledged(number: number): void;
  /** Says what was not listed. */
  close(): void;
}

export function openBacklog({ send, full, most, overflow, now }: BacklogOptions): Backlog {
  let waiting: { readonly number: number; readonly size: number }[] = [];
  /** Those before it are acknowledged. */
  let first = 0;
  let held = 0;
  let unlisted = 0;

  const put = (event: AuditEvent): void => {
    const size = JSON.stringify(event).length;
    held += size;
    if (held > most) return overflow();
    waiting.push({ number: send(event), size });
  };
  const tell = (): void => {
    if (unlisted === 0) return;
    const reason = `${unlisted} requests were refused while the record was out of reach, and are not listed`;
    unlisted = 0;
    put({ at: now(), event: "note", code: recordBehind, reason });
  };

  return {
    write(event) {
      // They would fill what is full.
      if (event.event === "refused" && event.code === recordBehind) unlisted += 1;
      else put(event);
    },
    get writable() {
      return held < full;
    },
    acknowledged(number) {
      for (let one = waiting[first]; one !== undefined; one = waiting[first]) {
        if (one.number > number) break;
        held -= one.size;
        first += 1;
      }
      if (first * 2 > waiting.length) {
        waiting = waiting.slice(first);
        first = 0;
      }
      if (held < full) tell();
    },
    close: tell,
  };
}
