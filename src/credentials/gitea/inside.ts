/** What tea finds in its config inside of a bottle: a login that works with no set-up. */
import type { Inside } from "../presets/preset.ts";

export interface InsideTea {
  readonly url: string;
  readonly placeholder: string;
}

/**
 * A login of `~/.config/tea/config.yml` (tea: modules/config/login.go). tea has no variable and no helper for a token that
 * outranks a login for the same host, and no use for ssh in a bottle. Of several logins it takes the first where it sees no
 * repository.
 */
export function insideTea({ url, placeholder }: InsideTea): Inside["seeds"][number] {
  const { host } = new URL(url);
  const quoted = (text: string): string => JSON.stringify(text);
  const lines = [
    `    - name: ${quoted(host)}`,
    `      url: ${quoted(url)}`,
    `      token: ${quoted(placeholder)}`,
    "      default: true",
    `      ssh_host: ${quoted(host)}`,
    '      ssh_key: ""',
    "      insecure: false",
    '      ssh_certificate_principal: ""',
    "      ssh_agent: false",
    '      ssh_key_agent_pub: ""',
    "      version_check: true",
    '      user: ""',
    "      created: 0",
    "",
  ];
  return { path: ".config/tea/config.yml", head: "logins:\n", content: lines.join("\n") };
}
