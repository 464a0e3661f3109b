/** Judges a package's document on its way to a registry: one new version of the package that the path names, and nothing else of it. */
import { gunzipSync } from "node:zlib";
import type { JudgeContext, Verdict } from "../../gateway/config.ts";
import { readJson } from "../presets/json.ts";

type Json = Readonly<Record<string, unknown>>;

/** Bytes of a package, unpacked; it is held whole to be searched. */
const longestUnpacked = 96 * 1024 * 1024;

/** Fields of the document that `npm publish` sends (libnpmpublish); others would change what stands there. */
const known: ReadonlySet<string> = new Set([
  "_attachments",
  "_id",
  "access",
  "description",
  "dist-tags",
  "name",
  "readme",
  "versions",
]);

export function judgePublish(name: string, body: Buffer, find: JudgeContext["find"]): Verdict {
  const read = readJson(body);
  if (!read.ok) return registryRefusal("body-unreadable", `The package was refused: ${read.why}.`);
  const found = documentTrouble(name, read.value);
  if (found !== undefined)
    return registryRefusal("credential-rule", `The package was refused: ${found}.`);
  // Compressed and encoded, nothing else would see what is in it.
  for (const file of attachments(read.value as Json)) {
    const held = contentsOf(file);
    if (held === undefined)
      return registryRefusal("unreadable-body", "The package was refused: it cannot be unpacked.");
    if (find(held) !== undefined)
      return registryRefusal("blocked-value", "The package holds a value that may not leave.");
  }
  return { ok: true };
}

function documentTrouble(name: string, value: unknown): string | undefined {
  const document = objectOf(value);
  if (document === undefined) return "it is no object";
  const odd = Object.keys(document).find((key) => !known.has(key));
  if (odd !== undefined) return "it has a field that is no part of publishing";
  if (document["name"] !== name || document["_id"] !== name) return "it is another package's";
  const versions = Object.entries(objectOf(document["versions"]) ?? {});
  const [[number, entry] = []] = versions;
  if (number === undefined || versions.length > 1) return "it does not hold exactly one version";
  if (!/^\d[\w.+-]{0,100}$/.test(number)) return "its version is none";
  const version = objectOf(entry);
  if (version?.["name"] !== name || version["version"] !== number)
    return "its version is another package's";
  const tags = Object.values(objectOf(document["dist-tags"]) ?? {});
  if (tags.length === 0 || tags.some((tag) => tag !== number))
    return "a tag of it is for another version";
  const files = Object.entries(objectOf(document["_attachments"]) ?? {});
  const own = `${name}-${number}.`;
  if (files.length === 0 || files.length > 2 || files.some(([file]) => !file.startsWith(own)))
    return "its files are not those of the version";
  if (files.some(([, file]) => typeof objectOf(file)?.["data"] !== "string"))
    return "a file of it has no data";
  return undefined;
}

function attachments(document: Json): readonly Json[] {
  return Object.values(document["_attachments"] as Json) as readonly Json[];
}

/** A tarball unpacked; undefined where it is none. What is no tarball, such as a proof of provenance, is text. */
function contentsOf({ data }: Json): Buffer | undefined {
  const bytes = Buffer.from(data as string, "base64");
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: longestUnpacked });
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;
}

export function registryRefusal(code: string, message: string): Verdict {
  return { ok: false, code, message };
}
