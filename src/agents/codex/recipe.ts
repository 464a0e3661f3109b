/** How codex runs in a bottle: command, variables and seed files (facts measured with 0.169.0). */
import { dirname } from "node:path";
import type { AgentContext, AgentRecipe, InstalledAgent } from "../../lifecycle/agent.ts";
import { promptTooLong, tooLong } from "../prompt.ts";
import { modelCredential, modelUrl } from "../placeholder.ts";

const inside = "/opt/claude-bottle/codex";
const program = `${inside}/bin/codex`;

export function codexRecipe(installed: InstalledAgent, context: AgentContext): AgentRecipe {
  if (installed.program === undefined) throw new TypeError("codex is installed without a program");
  const found = modelCredential(context, "openai");
  // Without a credential codex says itself what it lacks; it must not ask the model's own host for it.
  const url = (found && modelUrl(context, found)) ?? `${context.door}/openai`;
  return {
    argv: codexCommand(context),
    env: found === undefined ? {} : { OPENAI_API_KEY: found.placeholder },
    seeds: [{ path: ".codex/config.toml", content: config(context, url), mode: 0o600 }],
    mounts: [{ source: dirname(dirname(installed.program)), target: inside, mode: "ro" }],
  };
}

/** Own options first, so that the user's win; `--` keeps a prompt that begins with `-` from being read as an option. */
function codexCommand({ interactive, prompt, args, resume }: AgentContext): readonly string[] {
  if (prompt !== null && tooLong(prompt)) throw promptTooLong("codex");
  const own = interactive
    ? ["--dangerously-bypass-approvals-and-sandbox"]
    : ["exec", "--skip-git-repo-check", "--json", "--dangerously-bypass-approvals-and-sandbox"];
  const rest = [...args, ...(prompt === null ? [] : ["--", prompt])];
  return resume ? [...goOn, ...own, "RESUME", ...rest] : [program, ...own, ...rest];
}

/** Whether there is a conversation is only known inside: without one `resume` is an error of codex's. */
const goOn: readonly string[] = [
  "/bin/sh",
  "-c",
  `again=; [ -n "$(find "$HOME/.codex/sessions" -name '*.jsonl' 2>/dev/null | head -n 1)" ] && again="resume --last"
for one; do shift; if [ "$one" = RESUME ]; then set -- "$@" $again; else set -- "$@" "$one"; fi; done
exec ${program} "$@"`,
  "codex",
];

/** With this there is no connection but the one to the door (facts measured). */
function config({ workspace }: AgentContext, url: string): string {
  return `model_provider = "gateway"
check_for_update_on_startup = false
# The service's own search is refused unless the credential's serverTools name it.
web_search = "disabled"

[analytics]
enabled = false

[otel]
exporter = "none"
metrics_exporter = "none"

[features]
plugins = false

[model_providers.gateway]
name = "gateway"
base_url = ${JSON.stringify(`${url}/v1`)}
env_key = "OPENAI_API_KEY"
wire_api = "responses"

[projects.${JSON.stringify(workspace)}]
trust_level = "trusted"
`;
}
