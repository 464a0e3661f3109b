/** The real Claude Code in a bottle, talking to a scripted model. */
import { createCertificateAuthority } from "../../../src/gateway/tls/authority.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startScriptedModel } from "../../../src/demo/model/server.ts";
import type { ScriptedModel, ScriptedModelOptions } from "../../../src/demo/model/server.ts";
import { openScene } from "./cli.ts";
import type { CliResult, Scene } from "./cli.ts";
import { manifestText, token } from "./manifest.ts";
import type { ManifestOptions } from "./manifest.ts";

export interface ClaudeScene extends AsyncDisposable {
  readonly model: ScriptedModel;
  readonly scene: Scene;
  /** `bottle start --headless`. */
  ask(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult>;
}

export interface ClaudeOptions extends Omit<ScriptedModelOptions, "tls"> {
  readonly https?: boolean;
  readonly manifest?: Omit<ManifestOptions, "url">;
}

/** Model and scene together. */
export async function openClaude(options: ClaudeOptions): Promise<ClaudeScene> {
  const { https = false, manifest = {}, ...modelOptions } = options;
  const certificates = https
    ? createCertificateAuthority({ names: ["localhost"], now: new Date() })
    : undefined;
  const model = await startScriptedModel({
    token,
    ...modelOptions,
    ...(certificates === undefined ? {} : { tls: certificates }),
  });
  const secret = { E2E_TOKEN: modelOptions.token ?? token };
  const scene = await openScene(manifestText({ ...manifest, url: model.url }), secret);
  const trust: NodeJS.ProcessEnv = {};
  if (certificates !== undefined) {
    trust["NODE_EXTRA_CA_CERTS"] = join(scene.folder, "ca.pem");
    await writeFile(trust["NODE_EXTRA_CA_CERTS"], certificates.caPem);
  }
  return {
    model,
    scene,
    ask: (args = [], env = {}) =>
      scene.start(["--headless", "--yes", "--prompt", "Do the script.", ...args], {
        ...trust,
        ...env,
      }),
    [Symbol.asyncDispose]: async () => {
      await model.close();
      await scene[Symbol.asyncDispose]();
    },
  };
}

/** Claude Code's last line: how the run ended. */
export interface ClaudeEnd {
  readonly type: "result";
  readonly is_error: boolean;
  readonly result: string;
  readonly api_error_status?: number | null;
  readonly num_turns?: number;
}

/** Every line of stdout must be an object of the agent; anything of ours there would throw. */
export function streamLines(stdout: string): readonly { readonly type: string }[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { type: string });
}

export function endOf(result: CliResult): ClaudeEnd {
  const last = streamLines(result.stdout).at(-1);
  if (last?.type !== "result") throw new Error(`no result line; stderr: ${result.stderr}`);
  return last as ClaudeEnd;
}
