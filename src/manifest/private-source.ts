/** Folders of the host that no bottle may see, read-only or not: what is in them are keys, or ways out. */
import { isWithin } from "./formats/local-path.ts";

/** The kernel's own, and the sockets of other programs: a socket on a read-only mount can still be talked to (unix(7)). */
const system: readonly string[] = ["/dev", "/proc", "/run", "/sys", "/var/run"];

/** Below the home: keys, tokens, and our own policy and records. */
const keys: readonly string[] =
  `.ssh .gnupg .aws .azure .kube .docker .password-store .netrc .git-credentials .claude .claude.json .codex .gemini
  .npmrc .pypirc .cargo/credentials .cargo/credentials.toml .m2/settings.xml .gradle/gradle.properties .fly .vault-token
  .terraform.d .mozilla .config/claude-bottle .config/gcloud .config/gh .config/git/credentials .config/op .config/rclone
  .config/chromium .config/google-chrome .local/share/keyrings .local/state/claude-bottle`.split(
    /\s+/,
  );

/** Why a path may not be mounted, to be read after its name; undefined where it may. Links are the mount's own question. */
export function privateSource(path: string, home: string): string | undefined {
  if (isWithin(home, path)) return "is your home, or holds it";
  const held = system.find((folder) => isWithin(path, folder) || isWithin(folder, path));
  if (held !== undefined) return `is part of the system, or holds ${held}`;
  const key = keys.find((name) => {
    const folder = `${home === "/" ? "" : home}/${name}`;
    return isWithin(path, folder) || isWithin(folder, path);
  });
  return key === undefined ? undefined : `is where keys are kept, or holds ~/${key}`;
}
