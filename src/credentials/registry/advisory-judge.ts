/** Judges the question for known faults of what is installed: names and versions of packages, and nothing that was slipped in among them. */
import { gunzipSync } from "node:zlib";
import type { Verdict } from "../../gateway/config.ts";
import { readJson } from "../presets/json.ts";
import { registryRefusal } from "./publish-judge.ts";

const longest = 8 * 1024 * 1024;
const name = /^(?:@[\w.~-]{1,100}\/)?[\w.~-]{1,214}$/;
const version = /^\d[\w.+-]{0,100}$/;

/** `coding`: as the request says; npm sends gzip. */
export function judgeAdvisories(body: Buffer, coding: string | undefined): Verdict {
  const plain = decoded(body, coding);
  if (plain === undefined)
    return registryRefusal("unreadable-body", "The question for advisories cannot be read.");
  const read = readJson(plain);
  const ok =
    read.ok &&
    typeof read.value === "object" &&
    read.value !== null &&
    Object.entries(read.value).every(
      ([key, versions]) =>
        name.test(key) &&
        Array.isArray(versions) &&
        versions.every((one) => typeof one === "string" && version.test(one)),
    );
  return ok
    ? { ok: true }
    : registryRefusal(
        "credential-rule",
        "The question for advisories holds more than packages and versions.",
      );
}

function decoded(body: Buffer, coding: string | undefined): Buffer | undefined {
  if (coding === undefined || coding === "identity") return body;
  if (coding !== "gzip") return undefined;
  try {
    return gunzipSync(body, { maxOutputLength: longest });
  } catch {
    return undefined;
  }
}
