/** Builds an image by the Engine's build API, with progress; what a build may see of this machine is said here and nowhere else. */
import { readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { BottleError } from "../../../errors/error.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure } from "../engine/failure.ts";
import { imageLabel } from "./image.ts";
import type { ImageRecipe } from "./recipe.ts";
import { tarOf } from "./tar.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The Engine hands these to every step of a build, and into no image (Dockerfile reference, "Predefined ARGs"). */
const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"] as const;
/** The build of an image of ours trusts what is in it; only the last stage becomes an image. */
const caFile = "extra-ca.pem";
/** What is left of the first stages, whose files are in the image: as large again. */
const stages = JSON.stringify({ dangling: ["true"], label: ["claude-bottle.stage"] });
const maxCa = 1024 * 1024;
/** Characters of one line of progress. */
const maxLine = 200;

export async function buildImage(
  engine: Engine,
  recipe: ImageRecipe,
  env: Env,
  progress: (line: string) => void,
): Promise<void> {
  const files = new Map(recipe.files);
  if (recipe.ours) files.set(caFile, extraCa(env));
  const query = {
    t: recipe.name,
    buildargs: JSON.stringify(proxies(env)),
    labels: JSON.stringify({ [imageLabel]: recipe.what }),
    forcerm: "1",
    version: "1",
  };
  let failure: string | undefined;
  try {
    const answer = await engine.stream("POST", "/build", { query, tar: tarOf(files) });
    for await (const line of createInterface({ input: answer })) {
      const said = parseLine(line);
      failure ??= said.error;
      if (said.text !== "") progress(said.text);
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    if (!(error instanceof EngineFailure)) throw error;
  }
  await engine.call("POST", "/images/prune", { query: { filters: stages } }).catch(() => undefined);
  if (failure === undefined) return;
  throw new BottleError({
    code: "E_IMAGE_BUILD",
    what: `The build of ${recipe.what} failed.`,
    why: failure,
    next: "The first build needs a network, and the proxy and certificates of this machine; see docs/docker.md.",
  });
}

/** What a build says, one JSON object a line; its text comes from inside the build. */
export function parseLine(line: string): {
  readonly text: string;
  readonly error: string | undefined;
} {
  try {
    const { stream, status, error } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const text = typeof stream === "string" ? stream : typeof status === "string" ? status : "";
    return { text: clean(text), error: typeof error === "string" ? clean(error) : undefined };
  } catch {
    return { text: "", error: undefined };
  }
}

function clean(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, maxLine);
}

function proxies(env: Env): Readonly<Record<string, string>> {
  const names = proxyVariables.flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name] ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

/** Certificates that this machine trusts besides the usual: a proxy that looks into TLS is common where people work. */
function extraCa(env: Env): Buffer {
  const path = env["NODE_EXTRA_CA_CERTS"] ?? "";
  try {
    return path === "" || statSync(path).size > maxCa ? Buffer.alloc(0) : readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
