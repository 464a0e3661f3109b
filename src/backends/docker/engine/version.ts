/** Which version of the API is spoken: the newest that both sides know. */
import type { IncomingMessage } from "node:http";
import { EngineFailure } from "./failure.ts";

/** Docker 20.10 and 27.3: what lies between is tried, and a newer daemon still speaks it. */
export const oldest = "1.41";
export const newest = "1.47";

export interface Versions {
  readonly spoken: string;
  readonly theirs: string;
}

/** From the answer to `/_ping`, whose header names the daemon's newest. */
export function chooseVersion(answer: IncomingMessage): Versions {
  answer.resume();
  const theirs = answer.headers["api-version"];
  if (typeof theirs !== "string" || minorOf(theirs) === undefined)
    throw new EngineFailure(0, "what listens there is no Docker daemon");
  const minor = minorOf(theirs) ?? 0;
  if (minor < (minorOf(oldest) ?? 0))
    throw new EngineFailure(0, `the Docker daemon is too old: its API is ${theirs}, not ${oldest}`);
  return { spoken: minor < (minorOf(newest) ?? 0) ? theirs : newest, theirs };
}

/** True if `version` is `wanted` or newer; both are 1.x. */
export function isAtLeast(version: string, wanted: string): boolean {
  return (minorOf(version) ?? 0) >= (minorOf(wanted) ?? 0);
}

function minorOf(version: string): number | undefined {
  const minor = /^1\.(\d{1,4})$/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}
