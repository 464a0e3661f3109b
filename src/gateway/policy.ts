/** What may be asked of whom: by name, port, scheme, method and path. Deny wins, and empty allows nothing. */
import type { HostRule } from "../manifest/manifest.ts";
import type { Authority, RequestRule } from "./config.ts";
import { isDnsService } from "./dns-services.ts";
import { compileGlob } from "./glob.ts";
import { comparablePath, deniableForms } from "./path.ts";

/** Whether methods and paths of a rule cover a request; paths in comparable form. */
export interface CompiledRule {
  readonly anyMethod: boolean;
  readonly hasPaths: boolean;
  covers(method: string, path: string): boolean;
}

export interface Policy {
  /** Before a tunnel: some request to this authority could be allowed. */
  allowsName(authority: Authority): boolean;
  /** `path` as it was sent, without query; a Refusal is thrown where a rule looks at it and it is ambiguous. */
  allows(authority: Authority, method: string, path: string): boolean;
  /** A rule that covers the request lets the agent bring credentials of its own. */
  allowsForeign(authority: Authority, method: string, path: string): boolean;
  /** An allow rule has this very name; else a wildcard covers it, or nothing. */
  names(authority: Authority): boolean;
  /** Deny rules alone, for authorities that a credential already allows. */
  deniesName(authority: Authority): boolean;
  denies(authority: Authority, method: string, path: string): boolean;
  /** Every rule that allows it says `tunnel: true`, and none denies a part of it. */
  splices(authority: Authority): boolean;
  /** A rule that allows it says `h2: true`. */
  speaksH2(authority: Authority): boolean;
  /** Some rule for this authority names methods or paths. */
  looksAtRequests(authority: Authority): boolean;
}

interface Entry {
  readonly tunnel: boolean;
  readonly h2: boolean;
  readonly ports: readonly number[];
  /** Undefined: any. */
  readonly scheme: Authority["scheme"] | undefined;
  readonly rule: CompiledRule;
  /** The agent may bring credentials of its own. */
  readonly foreign: boolean;
}

export function compileRule(rule: RequestRule, lower = false): CompiledRule {
  const methods = rule.methods === undefined ? undefined : new Set(rule.methods);
  const globs = rule.paths?.map((glob) => compileGlob(glob, lower));
  return {
    anyMethod: methods === undefined,
    hasPaths: globs !== undefined,
    covers: (method, path) =>
      (methods === undefined || methods.has(method)) &&
      (globs === undefined || globs.some((matches) => matches(path))),
  };
}

export function createPolicy(allow: readonly HostRule[], deny: readonly HostRule[]): Policy {
  const exact = new Set(allow.map(({ host }) => host));
  const findAllowed = index(allow, (rule) => ({
    scheme: rule.scheme,
    rule: compileRule(rule),
    foreign: rule.foreignCredentials === "allow",
  }));
  // Nobody who allows a whole domain means its resolver.
  const allowed = (authority: Authority): readonly Entry[] =>
    !exact.has(authority.host) && isDnsService(authority.host) ? nothing : findAllowed(authority);
  // What is denied is denied by any scheme.
  const denied = index(deny, (rule) => ({
    scheme: undefined,
    rule: compileRule(rule, true),
    foreign: false,
  }));
  const comparableFor = (entries: readonly Entry[], path: string): string =>
    entries.some(({ rule }) => rule.hasPaths) ? comparablePath(path) : path;
  const deniesName = (authority: Authority): boolean =>
    denied(authority).some(({ rule }) => rule.anyMethod && !rule.hasPaths);
  const denies = (authority: Authority, method: string, path: string): boolean => {
    const entries = denied(authority);
    if (entries.length === 0) return false;
    const forms = deniableForms(comparableFor(entries, path));
    return entries.some(({ rule }) => forms.some((form) => rule.covers(method, form)));
  };
  return {
    allowsName: (authority) => allowed(authority).length > 0 && !deniesName(authority),
    allows: (authority, method, path) => {
      const entries = allowed(authority);
      if (entries.length === 0) return false;
      const comparable = comparableFor(entries, path);
      const covered = entries.some(({ rule }) => rule.covers(method, comparable));
      return covered && !denies(authority, method, path);
    },
    allowsForeign: (authority, method, path) => {
      const entries = allowed(authority).filter(({ foreign }) => foreign);
      const comparable = comparableFor(entries, path);
      return entries.some(({ rule }) => rule.covers(method, comparable));
    },
    names: (authority) => exact.has(authority.host),
    deniesName,
    denies,
    splices: (authority) => {
      const entries = allowed(authority);
      const whole = ({ tunnel, rule }: Entry): boolean =>
        tunnel && rule.anyMethod && !rule.hasPaths;
      return entries.length > 0 && entries.every(whole) && denied(authority).length === 0;
    },
    speaksH2: (authority) => allowed(authority).some(({ h2 }) => h2),
    looksAtRequests: (authority) =>
      [...allowed(authority), ...denied(authority)].some(
        ({ rule }) => rule.hasPaths || !rule.anyMethod,
      ),
  };
}

/** Rules by exact name and by the name below `*.`: a look-up costs a step for each label, however many rules there are. */
function index(
  rules: readonly HostRule[],
  compiled: (rule: HostRule) => Omit<Entry, "ports" | "tunnel" | "h2">,
): (authority: Authority) => readonly Entry[] {
  const exact = new Map<string, Entry[]>();
  const below = new Map<string, Entry[]>();
  for (const rule of rules) {
    const wild = rule.host.startsWith("*.");
    const table = wild ? below : exact;
    const host = wild ? rule.host.slice(2) : rule.host;
    const entry = {
      ports: rule.ports,
      tunnel: rule.tunnel === true,
      h2: rule.h2 === true,
      ...compiled(rule),
    };
    const entries = table.get(host);
    if (entries === undefined) table.set(host, [entry]);
    else entries.push(entry);
  }
  return (authority) => {
    const { host } = authority;
    let found = exact.get(host) ?? nothing;
    for (
      let dot = host.indexOf(".");
      dot >= 0 && below.size > 0;
      dot = host.indexOf(".", dot + 1)
    ) {
      const more = below.get(host.slice(dot + 1));
      if (more !== undefined) found = [...found, ...more];
    }
    return found.filter((entry) => fits(entry, authority));
  };
}

const nothing: readonly Entry[] = [];

/** No ports: every port, which only deny rules say; an allow rule without ports allows none. */
function fits(entry: Entry, authority: Authority): boolean {
  if (entry.scheme === undefined)
    return entry.ports.length === 0 || entry.ports.includes(authority.port);
  return entry.scheme === authority.scheme && entry.ports.includes(authority.port);
}
