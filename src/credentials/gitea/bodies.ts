/** Judges the bodies of requests to Gitea's API: JSON, but for a release's files. */
import type { BodyJudge, Verdict } from "../../gateway/config.ts";
import { readJson } from "../presets/json.ts";
import type { GiteaGrant } from "./api.ts";
import { giteaRefusal } from "./api.ts";

type Json = Readonly<Record<string, unknown>>;

/** Bytes of a release's file. */
const longestAsset = 32 * 1024 * 1024;

const asset = /\/releases\/\d+\/assets$/;

export function giteaJudges(grant: GiteaGrant): readonly BodyJudge[] {
  const prefix = `${grant.basePath}/api/`;
  const isWrite = (method: string, path: string): boolean =>
    method !== "GET" && path.startsWith(prefix);
  return [
    {
      covers: (method, path) => isWrite(method, path) && asset.test(path),
      media: "any",
      limit: longestAsset,
      judge: ({ fields, body }) => judgeAsset(fields.first("content-type") ?? "", body),
    },
    {
      covers: isWrite,
      media: "json",
      judge: ({ path, body }) => judgeJson(grant, path.slice(prefix.length), body),
    },
  ];
}

/** Fields that reach beyond what the request's path says. */
function judgeJson({ words }: GiteaGrant, path: string, body: Buffer): Verdict {
  if (body.length === 0) return { ok: true };
  const read = readJson(body);
  if (!read.ok) return giteaRefusal(`The body was refused: ${read.why}.`);
  if (typeof read.value !== "object" || read.value === null || Array.isArray(read.value))
    return giteaRefusal("The body was refused: it is no object.");
  const value = read.value as Json;
  // Go's JSON reader takes keys whatever the case of their letters.
  const field = (name: string): unknown =>
    Object.entries(value).find(([key]) => key.toLowerCase() === name)?.[1];
  if (new Set(Object.keys(value).map((key) => key.toLowerCase())).size < Object.keys(value).length)
    return giteaRefusal("The body was refused: a key is there twice.");
  const owner = path.split("/")[2] ?? "";
  const head = field("head");
  if (
    path.endsWith("/pulls") &&
    typeof head === "string" &&
    /:/.test(head) &&
    !head.startsWith(`${owner}:`)
  )
    return giteaRefusal("A pull request may come from a branch of this repository alone.");
  if (/\/reviews(?:\/\d+)?$/.test(path) && !isComment(field("event")) && !words.includes("merge"))
    return giteaRefusal("Approving is not granted (can: [merge]).");
  if (
    path.endsWith("/merge") &&
    ![undefined, null, false].includes(field("delete_branch_after_merge") as never)
  )
    return giteaRefusal("A branch may not be deleted.");
  return { ok: true };
}

/** Events of a review, as Gitea's API names them. */
function isComment(event: unknown): boolean {
  return (
    event === undefined ||
    event === "" ||
    event === "COMMENT" ||
    event === "REQUEST_CHANGES" ||
    event === "PENDING"
  );
}

/** A file as it is, or a form whose one part is the file: other parts would be parameters, `sudo` among them. */
function judgeAsset(type: string, body: Buffer): Verdict {
  if (type === "application/octet-stream") return { ok: true };
  const boundary = /^multipart\/form-data; *boundary="?([\w'()+,./:=?-]{1,70})"?$/.exec(type)?.[1];
  if (boundary === undefined)
    return giteaRefusal(
      "A release's file comes as application/octet-stream, or as a form with that one part.",
    );
  const mark = `--${boundary}`;
  const end = body.indexOf("\r\n\r\n");
  const head = body.toString("latin1", 0, Math.max(0, end));
  const closed = body.indexOf(`\r\n${mark}`, Math.max(0, end));
  const lines = head.split("\r\n");
  const whole =
    end >= 0 &&
    closed >= 0 &&
    lines[0] === mark &&
    lines.length <= 3 &&
    lines
      .slice(1)
      .every((line) =>
        /^Content-(?:Type: [\w./+-]+|Disposition: form-data; name="attachment"; filename="[^"\\]*")$/.test(
          line,
        ),
      ) &&
    head.includes("Content-Disposition") &&
    // RFC 2046 section 5.1.1: the close delimiter, and nothing after it.
    /^--(?:\r\n)?$/.test(body.toString("latin1", closed + 2 + mark.length));
  return whole ? { ok: true } : giteaRefusal("The form must hold the file and nothing else.");
}
