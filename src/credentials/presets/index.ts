/** Every credential preset, by the kind of its manifest entry. A new one is one file and one line here. */
import type { CredentialSpec } from "../../manifest/manifest.ts";
import { anthropicSecretKind, compileAnthropic } from "./anthropic.ts";
import { compileBasic } from "./basic.ts";
import { compileGemini } from "./gemini/preset.ts";
import { compileGit, gitInside } from "./git.ts";
import { compileGitea, giteaInside } from "./gitea.ts";
import { compileGithub, githubInside } from "./github.ts";
import { compileHeader } from "./header.ts";
import { compileOpenai } from "./openai/preset.ts";
import type { Preset } from "./preset.ts";
import { compileQuery } from "./query.ts";
import { compileRegistry, registryInside } from "./registry.ts";

type Presets = {
  readonly [Kind in CredentialSpec["kind"]]: Preset<Extract<CredentialSpec, { kind: Kind }>>;
};

export const presets: Presets = {
  anthropic: { compile: compileAnthropic, secretKind: anthropicSecretKind },
  basic: { compile: compileBasic, secretKind: () => "header" },
  gemini: { compile: compileGemini, secretKind: () => "api-key" },
  git: { compile: compileGit, secretKind: () => "header", inside: gitInside },
  gitea: { compile: compileGitea, secretKind: () => "header", inside: giteaInside },
  github: { compile: compileGithub, secretKind: () => "header", inside: githubInside },
  header: { compile: compileHeader, secretKind: () => "header" },
  openai: { compile: compileOpenai, secretKind: () => "api-key" },
  query: { compile: compileQuery, secretKind: () => "header" },
  registry: { compile: compileRegistry, secretKind: () => "header", inside: registryInside },
};
