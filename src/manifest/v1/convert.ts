/** What the old form means today, and what the owner has to know about it. */
import type { AgentSpec, BottleSpec } from "../manifest.ts";
import { credentialsOf } from "./credentials.ts";
import type { Role, Route } from "./routes.ts";
import type { OldAgent, OldBottle, OldManifest } from "./schema.ts";

/** The bottle; `rest`: what holds where the old form said nothing. */
export function bottleOf(old: OldBottle, rest: Omit<BottleSpec, "name">): BottleSpec {
  return {
    ...rest,
    name: old.name,
    // runc shares the host's kernel as namespaces do, and needed a daemon for it; runsc is gVisor.
    rung: old.runtime === "runsc" ? "gvisor" : "namespace",
    env: old.env,
    allow: old.egress.allowlist,
    credentials: credentialsOf(old.cred_proxy.routes).map(({ spec }) => spec),
  };
}

export function agentOf({ name, bottle, skills, prompt }: OldAgent): AgentSpec {
  return {
    name,
    bottle,
    provider: "claude",
    env: [],
    skills,
    bring: [],
    ...(prompt !== "" && { prompt }),
  };
}

/** What was set up inside for a role; its placeholder works all the same, for who sends it. */
const setUps: Readonly<Partial<Record<Role, string>>> = {
  "npm-registry": "~/.npmrc",
  "git-insteadof": "~/.gitconfig",
  "tea-login": "~/.config/tea",
};

/** In the present form; none of it can be made of a route, which named no repository. */
const inPresent: Readonly<Partial<Record<Role, string>>> = {
  "npm-registry": "{preset: registry}",
  "git-insteadof": "{preset: git, repos: [OWNER/NAME], can: [read, push:BRANCHES]}",
  "tea-login": "{preset: gitea, repos: [OWNER/NAME], can: [read, issues, pulls]}",
};

/** Remarks for the owner, one for each thing that is not as it was. */
export function hintsOf({ bottles }: OldManifest): readonly string[] {
  const hints = [
    "This is a manifest of the old form; `bottle init --print` shows the present one.",
  ];
  const say = (which: readonly OldBottle[], what: string): void => {
    const names = which.map(({ name }) => name).join(", ");
    if (which.length > 0)
      hints.push(`${which.length > 1 ? "Bottles" : "Bottle"} ${names}: ${what}`);
  };
  say(
    bottles.filter(({ runtime }) => runtime === "runc"),
    "runtime runc is read as the rung namespace, which is as strong and needs no daemon.",
  );
  say(
    bottles.filter(({ egress }) => egress.dlp_action === "warn"),
    "dlp_action warn has no effect: a request with a known secret in it is always refused.",
  );
  say(
    bottles,
    "pipelock was the way out then; the gateway judges alone now. In the present form `engine: pipelock` asks it as well.",
  );
  say(
    bottles.filter(({ supervise }) => supervise === true),
    "supervise has no effect: refusals are in the audit log, and the manifest is where more is allowed.",
  );
  say(
    bottles.filter((old) => !rolesOf(old).includes("anthropic-base-url")),
    'no route has the role anthropic-base-url, so Claude Code has no model: write one with "upstream": "https://api.anthropic.com" and the variable of your token as "token_ref".',
  );
  say(
    bottles.filter((old) => readsPackages(old)),
    "role npm-registry is read as the preset registry: packages are read, and none is published; in the present form `publish: [NAME]` grants that.",
  );
  for (const [role, file] of Object.entries(setUps))
    say(
      bottles.filter(
        (old) =>
          rolesOf(old).includes(role as Role) && !(role === "npm-registry" && readsPackages(old)),
      ),
      `role ${role}: the token goes to the whole host, as before, where a client sends the placeholder of CLAUDE_BOTTLE_PLACEHOLDER_AUTHORIZATION_… in its header; ${file} is not written. In the present form ${inPresent[role as Role]} bounds the token, and clients find it by themselves.`,
    );
  return hints;
}

function rolesOf({ cred_proxy: { routes } }: OldBottle): readonly Role[] {
  return routes.flatMap(({ role }: Route) => role);
}

function readsPackages({ cred_proxy: { routes } }: OldBottle): boolean {
  return credentialsOf(routes).some(({ spec }) => spec.kind === "registry");
}
