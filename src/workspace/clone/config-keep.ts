/** What of a repository's config comes along: keys that name no program, no other file and no secret. Everything else is dropped by name. */
import { mayHoldToken, tokenShape } from "../../manifest/token-shapes.ts";
import { printable } from "../names.ts";
import type { ConfigEntry } from "./config-file.ts";
import { scrubUrl } from "./remote-url.ts";

export interface KeptConfig {
  readonly entries: readonly ConfigEntry[];
  /** Names of keys, never values; some with the reason. */
  readonly dropped: readonly string[];
}

const plain: Readonly<Record<string, readonly string[]>> = {
  core: [
    "filemode",
    "ignorecase",
    "precomposeunicode",
    "symlinks",
    "autocrlf",
    "eol",
    "safecrlf",
    "quotepath",
    "abbrev",
    "whitespace",
    "commentchar",
    "sparsecheckout",
    "sparsecheckoutcone",
  ],
  index: ["sparse"],
  push: ["default", "followtags", "autosetupremote"],
  pull: ["rebase", "ff"],
  fetch: ["prune", "prunetags"],
  merge: ["conflictstyle", "ff", "renames"],
  rebase: ["autosquash", "autostash", "updaterefs"],
  diff: ["algorithm", "renames", "mnemonicprefix", "noprefix", "indentheuristic", "colormoved"],
  status: ["showuntrackedfiles", "short", "branch"],
  log: ["date", "follow"],
  commit: ["verbose", "cleanup"],
  branch: ["autosetupmerge", "autosetuprebase", "sort"],
  tag: ["sort"],
  checkout: ["defaultremote", "guess"],
  init: ["defaultbranch"],
};

/** Keys of `[section "name"]`, by whether they hold an address. */
const named: Readonly<Record<string, Readonly<Record<string, "plain" | "url">>>> = {
  remote: {
    url: "url",
    pushurl: "url",
    fetch: "plain",
    push: "plain",
    tagopt: "plain",
    prune: "plain",
    prunetags: "plain",
    promisor: "plain",
    partialclonefilter: "plain",
  },
  branch: {
    remote: "url",
    pushremote: "url",
    merge: "plain",
    rebase: "plain",
    description: "plain",
  },
  submodule: { url: "url", active: "plain", branch: "plain" },
};

/** Made anew for every copy, so that losing them is no loss to tell of. */
const ours: ReadonlySet<string> = new Set([
  "core.bare",
  "core.repositoryformatversion",
  "core.logallrefupdates",
  "core.worktree",
  "extensions.objectformat",
  "extensions.partialclone",
  "extensions.worktreeconfig",
]);

export function keepConfig(entries: readonly ConfigEntry[]): KeptConfig {
  const kept: ConfigEntry[] = [];
  const dropped = new Set<string>();
  for (const entry of entries) {
    const kind = kindOf(entry);
    if (kind === "ours") continue;
    if (kind === "unknown") dropped.add(nameOf(entry));
    else if (holdsToken(`${entry.subsection ?? ""} ${entry.value ?? ""}`))
      dropped.add(`${nameOf(entry)} (looks like a token)`);
    else if (kind === "url" && entry.value !== undefined) {
      const { url, lost } = scrubUrl(entry.value);
      if (lost !== undefined) dropped.add(`${nameOf(entry)} (${lost})`);
      if (url !== undefined) kept.push({ ...entry, value: url });
    } else kept.push(entry);
  }
  return { entries: kept, dropped: [...dropped] };
}

/** The first look costs a tenth of the second, in a start that compiles both. */
function holdsToken(text: string): boolean {
  return mayHoldToken(text) && tokenShape(text) !== undefined;
}

function kindOf({ section, subsection, key }: ConfigEntry): "plain" | "url" | "ours" | "unknown" {
  if (subsection === undefined) {
    if (ours.has(`${section}.${key}`)) return "ours";
    const keys = Object.hasOwn(plain, section) ? plain[section] : undefined;
    return keys?.includes(key) === true ? "plain" : "unknown";
  }
  if (!isName(subsection)) return "unknown";
  const keys = Object.hasOwn(named, section) ? named[section] : undefined;
  return keys !== undefined && Object.hasOwn(keys, key) ? (keys[key] ?? "unknown") : "unknown";
}

/** A remote may be named by its address (git-fetch(1)), with a password in it. */
function isName(subsection: string): boolean {
  return !/:\/\/|@.*:|:.*@/s.test(subsection) && subsection.length <= 255;
}

/** `url.https://user:token@host/.insteadOf` has the secret in its name: only names of remotes, branches and submodules are told. */
function nameOf({ section, subsection, key }: ConfigEntry): string {
  if (subsection === undefined) return printable(`${section}.${key}`);
  const shown =
    Object.hasOwn(named, section) && isName(subsection) && !holdsToken(subsection)
      ? subsection
      : "*";
  return printable(`${section}.${shown}.${key}`);
}
