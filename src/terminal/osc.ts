/** Which operating system commands (OSC, ECMA-48 section 8.3.89) may reach the user's terminal: title and links to the web. */

const maxTitle = 256;
const unsafeInTitle: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/gu;

/** The command rebuilt in its 7-bit form, or an empty string. Never the clipboard (52), a file (1337), a query or a notification. */
export function allowedOsc(payload: Buffer): string {
  const text = payload.toString("utf8");
  const found = /^(0|2|8);([^]*)$/.exec(text);
  if (found === null) return "";
  const [, command = "", rest = ""] = found;
  return command === "8"
    ? link(rest)
    : `\x1b]${command};${cut(rest.replace(unsafeInTitle, ""))}\x1b\\`;
}

/** `id=…` alone among the parameters; only http and https, printable ASCII; an empty address ends the link. */
function link(rest: string): string {
  return /^(?:id=[A-Za-z0-9._-]{1,64})?;(?:https?:\/\/[!-~]{1,2000})?$/.test(rest)
    ? `\x1b]8;${rest}\x1b\\`
    : "";
}

/** Never between the two halves of a character. */
function cut(title: string): string {
  return title.slice(0, maxTitle).replace(/[\ud800-\udbff]$/, "");
}
