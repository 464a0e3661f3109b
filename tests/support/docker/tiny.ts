/** An image as small as one can be that a bottle of the provider `shell` is made of: a shell, three programs, and what Node is linked to. */
import { execFileSync } from "node:child_process";
import { Readable } from "node:stream";
import type { Engine } from "../../../src/backends/docker/engine/engine.ts";

const programs = ["/bin/sh", "/bin/cat", "/bin/sleep", "/usr/bin/curl"] as const;

export const tinyImage = "bottle-tests/tiny:1";

/** Makes it of this machine's own files, some 10 MB. */
export async function ensureTiny(engine: Engine): Promise<void> {
  const linked = execFileSync("ldd", [process.execPath, ...programs], { encoding: "utf8" });
  const libraries = [...new Set(linked.match(/\/[^ :\n]+(?= \()/g) ?? [])];
  // Links are followed: where Debian has /bin as one, the image has a folder.
  const tar = execFileSync("tar", ["-chPf", "-", ...programs, ...libraries], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const [repo = "", tag = ""] = tinyImage.split(":");
  const query = { fromSrc: "-", repo, tag };
  const answer = await engine.stream("POST", "/images/create", {
    query,
    tar: Readable.from([tar]),
  });
  for await (const part of answer) void part;
}
