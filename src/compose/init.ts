/** What `bottle init` knows of this machine, and where it writes: a new file, never over another. */
import { execFile } from "node:child_process";
import { lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { anthropicSecretKind } from "../credentials/presets/anthropic.ts";
import { BottleError } from "../errors/error.ts";
import type { FoundToken } from "../manifest/first-manifest.ts";
import { firstManifest } from "../manifest/first-manifest.ts";
import { isVariable } from "../manifest/formats/name.ts";
import { tokenShape } from "../manifest/token-shapes.ts";
import { userFiles } from "../manifest/user-file.ts";
import { v1File } from "../manifest/v1/detect.ts";
import { everyRung } from "./facts.ts";
import { configHome, homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";

const run = promisify(execFile);

/** The text, from what is here now; reads no secret but to know its kind, and changes nothing. */
export async function proposeManifest(host: Host): Promise<string> {
  const [author, old, here] = await Promise.all([
    hasAuthor(host),
    isThere(join(homeOf(host), v1File)),
    everyRung(host),
  ]);
  const known = here.map(({ rung, availability: found }) => ({
    rung,
    available: found.available,
    detail: found.available ? found.detail : found.reason,
  }));
  return firstManifest({ tokens: tokensOf(host.env), author, old, rungs: known });
}

/** Writes the user's manifest, readable by nobody else; gives its path. Throws E_INIT_EXISTS where there is one. */
export async function writeManifest(host: Host, text: string): Promise<string> {
  const folder = join(configHome(host), "claude-bottle");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of userFiles) {
    if (await isThere(join(folder, name))) throw exists(join(folder, name));
  }
  const file = join(folder, userFiles[0]);
  // "wx": what came in between, a link too, is not written over (open(2), O_EXCL).
  const handle = await open(file, "wx", 0o600).catch((error: unknown) => {
    throw error instanceof Error && "code" in error && error.code === "EEXIST"
      ? exists(file)
      : error;
  });
  try {
    await handle.writeFile(text, "utf8");
  } finally {
    await handle.close();
  }
  return file;
}

const preferred: readonly string[] = [
  "CLAUDE_BOTTLE_OAUTH_TOKEN",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
];

/** By the shapes of values; names first that people keep tokens for the model in. */
function tokensOf(env: NodeJS.ProcessEnv): readonly FoundToken[] {
  const names = Object.keys(env).filter(isVariable).toSorted();
  const order = [...preferred.filter((name) => names.includes(name)), ...names];
  return [...new Set(order)].flatMap((variable) => {
    const value = env[variable] ?? "";
    const shape = tokenShape(value);
    if (shape === undefined) return [];
    const model = value.startsWith("sk-ant-");
    const oauth = model && anthropicSecretKind(value) === "oauth";
    const kind = model ? `an Anthropic ${oauth ? "OAuth token" : "API key"}` : shape.name;
    return [{ variable, kind, model }];
  });
}

/** The owner's own config alone: no repository is looked at. */
async function hasAuthor(host: Host): Promise<boolean> {
  const { PATH, XDG_CONFIG_HOME } = host.env;
  const env = {
    PATH,
    HOME: homeOf(host),
    ...(XDG_CONFIG_HOME !== undefined && { XDG_CONFIG_HOME }),
  };
  const read = async (key: string): Promise<string> => {
    const argv = ["config", "--global", "--get", key];
    const { stdout } = await run("git", argv, { cwd: "/", env, timeout: 5000 });
    return stdout.trim();
  };
  const found = await Promise.all([read("user.name"), read("user.email")]).catch(() => [""]);
  return found.every((value) => value !== "");
}

/** A link that leads nowhere is there, too. */
async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function exists(file: string): BottleError {
  return new BottleError({
    code: "E_INIT_EXISTS",
    what: "There is a manifest already; it was not touched.",
    next: "Edit it, or compare it with what `bottle init --print` says.",
    place: { file },
  });
}
