/** How hosts are written under egress: in short as text, in long as a map. */
import { list } from "./check/collection.ts";
import { object, refine, shortOrLong } from "./check/object.ts";
import type { Fields } from "./check/object.ts";
import { choice, flag, number, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import type { HostOptions } from "./formats/host.ts";
import { hostPortFormat } from "./formats/host.ts";
import { methodFormat, pathFormat } from "./formats/request.ts";
import type { HostRule } from "./manifest.ts";
import type { Report } from "./report.ts";
import type { Tree } from "./tree.ts";
import { tunnelStands } from "./tunnel-rules.ts";

export const methods: Type<readonly string[]> = list(text(methodFormat), 1);
export const paths: Type<readonly string[]> = list(text(pathFormat), 1);
export const ports: Type<readonly number[]> = list(
  number({ minimum: 1, maximum: 65_535, whole: true }),
  1,
);
export const scheme: Type<"https" | "http"> = choice(["https", "http"]);

/** A rule as written: what is absent is decided by whether it allows or denies. */
interface WrittenRule {
  readonly host: { readonly host: string; readonly port: number | undefined };
  readonly ports?: readonly number[];
  readonly scheme?: "https" | "http";
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
}

interface WrittenAllowRule extends WrittenRule {
  readonly patterns?: "refuse" | "off";
  readonly encodings?: "readable" | "any";
  readonly h2?: boolean;
  readonly tunnel?: boolean;
  readonly foreignCredentials?: "refuse" | "allow";
}

type HostText = Type<WrittenRule["host"]>;

function hostText(options: HostOptions): HostText {
  return text(hostPortFormat(options));
}

function ruleFields(host: HostText): Fields<WrittenRule> {
  return {
    host: { type: host, doc: "A name, *.name, or an address.", required: true },
    ports: { type: ports, doc: "Ports; without them the scheme's own." },
    scheme: { type: scheme, doc: "https, or plain http." },
    methods: { type: methods, doc: "Methods; without them any." },
    paths: {
      type: paths,
      doc: "Path globs, * within a segment and ** across; without them any.",
    },
  };
}

function writtenRule<T extends WrittenRule>(
  host: HostText,
  fields: Fields<T>,
): Type<WrittenRule | T> {
  const long = object<T>("a host rule", fields);
  const short: Type<WrittenRule> = refine(host, (value) => ({ host: value }));
  return refine(shortOrLong<WrittenRule | T>(short, long), onePort);
}

function onePort<T extends WrittenRule>(rule: T, tree: Tree, report: Report): T | undefined {
  if (rule.ports === undefined || rule.host.port === undefined) return rule;
  report.add(tree.at, {
    code: "E_MANIFEST_CONFLICT",
    what: "The host names a port, and there are ports beside it.",
    next: "Keep the ports.",
  });
  return undefined;
}

/** The ports that were meant, or undefined where none is written. */
function portsOf(rule: WrittenRule): readonly number[] | undefined {
  return rule.host.port === undefined ? rule.ports : [rule.host.port];
}

function requestOf(rule: WrittenRule): Pick<HostRule, "methods" | "paths"> {
  return {
    ...(rule.methods !== undefined && { methods: rule.methods }),
    ...(rule.paths !== undefined && { paths: rule.paths }),
  };
}

const allowHost = hostText({ wildcard: true, wide: false });

/** Allowed: without a port, the scheme's own. */
export const allowRule: Type<HostRule> = refine(
  writtenRule<WrittenAllowRule>(allowHost, {
    ...ruleFields(allowHost),
    patterns: {
      type: choice(["refuse", "off"]),
      doc: "Whether what looks like a token of some service may be in requests.",
    },
    encodings: {
      type: choice(["readable", "any"]),
      doc: "Whether bodies in an encoding that the gateway cannot read may go out.",
    },
    h2: {
      type: flag,
      doc: "Whether the host speaks HTTP/2, so that the agent is offered it.",
    },
    tunnel: {
      type: flag,
      doc: "Whether TLS to the host goes through unread: no path or value is looked at.",
    },
    foreignCredentials: {
      type: choice(["refuse", "allow"]),
      doc: "Whether the agent may bring credentials of its own: a login, a cookie, a key.",
    },
  }),
  (rule, tree, report) => {
    const by = rule.scheme ?? "https";
    const h2 = "h2" in rule && rule.h2;
    const tunnel = "tunnel" in rule && rule.tunnel;
    const patterns = "patterns" in rule && rule.patterns === "off";
    const encodings = "encodings" in rule && rule.encodings === "any";
    const foreign = "foreignCredentials" in rule && rule.foreignCredentials === "allow";
    const made: HostRule = {
      host: rule.host.host,
      ports: portsOf(rule) ?? [by === "https" ? 443 : 80],
      scheme: by,
      ...requestOf(rule),
      ...(patterns && { patterns: "off" }),
      ...(encodings && { encodings: "any" }),
      ...(h2 && { h2 }),
      ...(tunnel && { tunnel }),
      ...(foreign && { foreignCredentials: "allow" }),
    };
    return tunnelStands(made, tree, report) ? made : undefined;
  },
);

const denyHost = hostText({ wildcard: true, wide: true });

/** Denied: without a port every port, and by any scheme. */
export const denyRule: Type<HostRule> = refine(
  writtenRule(denyHost, ruleFields(denyHost)),
  (rule) => ({
    host: rule.host.host,
    ports: portsOf(rule) ?? [],
    scheme: rule.scheme ?? "https",
    ...requestOf(rule),
  }),
);
