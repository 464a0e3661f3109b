/** Gitea itself, and clients of it, as the Go toolchain builds them; versions are pinned here. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoProgram } from "../go.ts";

const version = "1.26.0";

/** The real server, with SQLite in it. */
export const giteaProgram: GoProgram = {
  name: `gitea-${version}`,
  from: { module: "code.gitea.io/gitea", version: `v${version}` },
  flags: ["-tags=sqlite,sqlite_unlock_notify", `-ldflags=-s -w -X main.Version=${version}`],
  // Texts and pages; of these only some files are read for the API.
  folders: ["options", "templates", "public"],
};

/** Gitea's command line client. */
export const teaProgram: GoProgram = {
  name: "tea-0.11.1",
  from: { module: "code.gitea.io/tea", version: "v0.11.1" },
};

const source = join(import.meta.dirname, "client");
const digest = ["main.go", "go.mod"]
  .reduce((hash, name) => hash.update(readFileSync(join(source, name))), createHash("sha256"))
  .digest("hex");

/** The client of client/main.go: the SDK that tea is made of, and tea's own config file, where tea itself is not to be had. */
export const sdkClient: GoProgram = {
  name: `gitea-sdk-client-${digest.slice(0, 12)}`,
  from: { folder: source },
};
