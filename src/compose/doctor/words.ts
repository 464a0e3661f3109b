/** Small words that many checks need. */
import { rootRemedy } from "../../backends/distribution.ts";

/** A path or value as one word of a shell, for commands that are copied (POSIX shell, section 2.2.2). */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}

/** A command on a path of this user's own, or of somebody else's. */
export function ownRemedy(command: string, isOwn: boolean, uid: number): string {
  return isOwn ? `Run: ${command}` : rootRemedy(command, uid);
}
