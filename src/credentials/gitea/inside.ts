/** What tea finds in its config inside of a bottle: a login that works with no set-up. */

export interface InsideTea {
  readonly url: string;
  readonly placeholder: string;
}

/**
 * A login of `~/.config/tea/config.yml` (tea: modules/config/login.go). tea has no variable and no helper for a token that
 * outranks a login for the same host, and no use for ssh in a bottle.
 */
export function teaLogin({ url, placeholder }: InsideTea): string {
  const { host } = new URL(url);
  const quoted = (text: string): string => JSON.stringify(text);
  return [
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
  ].join("\n");
}

/** The whole file, of all logins; the first is the one tea takes where it sees no repository. */
export function teaConfig(logins: readonly string[]): string {
  const [first = "", ...others] = logins;
  const rest = others.map((login) => login.replace("default: true", "default: false"));
  return `logins:\n${first}${rest.join("")}preferences:\n    editor: false\n`;
}
