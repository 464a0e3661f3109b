/** The text of a first manifest: small, commented, and made of what the machine has. It must load as it is. */
import { escapeControls } from "./quote.ts";

export interface FirstFacts {
  /** Variables that hold tokens, by name and kind; never a value. */
  readonly tokens: readonly FoundToken[];
  /** Whether the owner's git config has an author. */
  readonly author: boolean;
  /** There is a manifest of the old form, which this one comes before. */
  readonly old: boolean;
  readonly rungs: readonly {
    readonly rung: string;
    readonly available: boolean;
    readonly detail: string;
  }[];
}

export interface FoundToken {
  readonly variable: string;
  /** Such as "an Anthropic API key". */
  readonly kind: string;
  /** The model's own: it goes into the preset. */
  readonly model: boolean;
}

/** Which credential a token of a kind goes into; a kind that is not here is only named. */
const services: Readonly<Record<string, string>> = {
  "a GitHub token": "preset: github, repos: [OWNER/NAME], can: [read, issues, pulls]",
  "a GitLab token": 'host: gitlab.com, header: "PRIVATE-TOKEN: {secret}"',
  "an npm token": "preset: registry",
  "an OpenAI key": "preset: openai",
};

export function firstManifest({ tokens, author, rungs, old }: FirstFacts): string {
  const model = tokens.find((token) => token.model);
  const others = tokens.filter((token) => token !== model);
  const lines = [
    "# Bottles are isolated environments; agents run in them. Every key: docs/manifest.md, or `bottle schema`.",
    "# Made by `bottle init` from what this machine has; it holds no secret, only where secrets are.",
    ...(old ? ["# While this file is here, ~/claude-bottle.json is not read."] : []),
    "version: 1",
    "",
    "bottles:",
    "  dev:",
    "    # Strength of isolation; auto takes the strongest that is ready. On this machine:",
    ...rungs.map(({ rung, available, detail }) =>
      comment(4, `${rung}: ${available ? "ready" : "not ready"}, ${detail}`),
    ),
    "    rung: namespace",
    "",
    "    # clone: the agent works on a private copy, and its changes come back by `bottle apply`.",
    "    workspace: clone",
    "",
    "    # Limits; the plan before each start says which of them hold here.",
    "    resources: {cpus: 2, memory: 4GiB, pids: 512, disk: 10GiB}",
    "",
    author
      ? "    # Commits inside are by the author of your git config; none keeps your name out."
      : "    # Author of the commits made inside; host is the author of your git config, which has none now.",
    `    git: ${author ? "host" : "none"}`,
    "",
    "    # Variables for the agent, all of them visible to it. No secrets here: see credentials.",
    '    # A value, "${NAME}" for a variable of yours, or "?Question" to be asked at the start.',
    "    env: {}",
    "",
    "    egress:",
    "      # Hosts the agent may reach beside those of the credentials. An empty list allows none. Such as:",
    '      # allow: [docs.example.org, {host: "*.example.net", methods: [GET], paths: [/public/**]}]',
    "      allow: []",
    "",
    "    # Secrets that the gateway holds and uses for the agent; the bottle has placeholders.",
    "    # Kept in env:NAME, file:PATH, command:PROGRAM, keychain:SERVICE/ACCOUNT, or asked by prompt:QUESTION.",
    "    credentials:",
    ...modelLines(model),
    ...others.flatMap(otherLines),
    "      # A Gitea, or with preset: git any remote, for some repositories and branches alone:",
    `      # - {preset: gitea, url: "https://git.example.com", secret: "env:GITEA_TOKEN", repos: [me/app], can: [read, issues, pulls, "push:agent/**"]}`,
    "",
    "agents:",
    "  claude: {bottle: dev, provider: claude}",
    '  # Any command: bottle start run --headless --prompt "make test"',
    "  # run: {bottle: dev, provider: shell}",
  ];
  return `${lines.join("\n")}\n`;
}

function modelLines(token: FoundToken | undefined): readonly string[] {
  const variable = token?.variable ?? "CLAUDE_BOTTLE_OAUTH_TOKEN";
  return [
    token === undefined
      ? `      # No variable holds a token for the model now: \`claude setup-token\` prints one for ${variable}.`
      : comment(6, `${variable} holds ${token.kind}.`),
    `      - {preset: anthropic, secret: "env:${variable}"}`,
  ];
}

function otherLines({ variable, kind, model }: FoundToken): readonly string[] {
  if (model) return [comment(6, `${variable} holds ${kind}, too.`)];
  const service = services[kind];
  if (service === undefined)
    return [
      comment(6, `${variable} holds ${kind}; a credential for its host would keep it outside.`),
    ];
  return [
    comment(6, `${variable} holds ${kind}; with this line the agent can use it, and not have it:`),
    `      # - {${service}, secret: "env:${variable}"}`,
  ];
}

/** Text from the machine cannot end the comment that it stands in. */
function comment(indent: number, text: string): string {
  return `${" ".repeat(indent)}# ${escapeControls(text)}`;
}
