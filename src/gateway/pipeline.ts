/** The stages that need only a request's head, in their order: policy, scan, placeholder. The body's stages follow in exchange.ts. */
import { isAddressLiteral } from "./authority.ts";
import { blockedPattern, blockedValue } from "./blocked.ts";
import type { Looks } from "./body-watch.ts";
import { mayCarrySecret } from "./bound-credentials.ts";
import type { BoundCredential, BoundCredentials } from "./bound-credentials.ts";
import type { AnswerRewrite, Authority, BodyJudge, Dialect, Verdict } from "./config.ts";
import { asksDns } from "./dns-services.ts";
import { foreignField, foreignParameter, foreignProtocol } from "./foreign.ts";
import type { RequestHead } from "./http/request-head.ts";
import { refuseOverrides } from "./override.ts";
import { injectedTarget } from "./inject.ts";
import { comparablePath, pathOf, queryOf, scopedPath } from "./path.ts";
import { createPatternScanner } from "./patterns/find-pattern.ts";
import type { Policy } from "./policy.ts";
import { Refusal } from "./refusal.ts";
import type { RoutedRequest } from "./routed.ts";
import type { ScanPolicy } from "./scan-policy.ts";

/** A request whose head may go out. */
export interface Permit {
  readonly routed: RoutedRequest;
  /** Path and query as they go out. */
  readonly target: string;
  readonly bound: BoundCredential | undefined;
  /** Reads the whole body. */
  readonly judge: BodyJudge | undefined;
  readonly rewrite: AnswerRewrite | undefined;
  /** What is looked for in head, body and trailers. */
  readonly looks: Looks;
}

/** A tunnel that may be opened. */
export interface TunnelPermit {
  /** Bytes go through as they are: nothing in it is read but the greeting. */
  readonly spliced: boolean;
  /** The rule says that the host speaks HTTP/2. */
  readonly h2: boolean;
}

export interface Pipeline {
  /** Whether a tunnel to this authority may be opened, and what becomes of it; throws a Refusal. */
  judgeTunnel(authority: Authority, key: string, head: RequestHead): TunnelPermit;
  /** Whether some request to this authority could be allowed. */
  allowsName(authority: Authority, key: string): boolean;
  /** Whether its TLS may go through unread. */
  mayPass(authority: Authority, key: string): boolean;
  /** Throws a Refusal. */
  judgeRequest(routed: RoutedRequest, head: RequestHead): Permit;
  /** The dialect in which refusals for this authority are written. */
  dialectAt(key: string): Dialect;
}

export interface PipelineOptions {
  readonly policy: Policy;
  readonly credentials: BoundCredentials;
  readonly scans: ScanPolicy;
  /** Tests only: every host is allowed. */
  readonly openPolicy: boolean;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { policy, credentials, scans, openPolicy } = options;
  const patterns = createPatternScanner();

  const scanHead = (looks: Looks, head: RequestHead): Looks => {
    const value = looks.scanner?.find(head.bytes);
    if (value !== undefined) throw blockedValue(value, "head");
    const pattern = looks.patterns?.find(head.bytes);
    if (pattern !== undefined) throw blockedPattern(pattern, "head");
    return looks;
  };

  /** What is looked for in a request that the rules of `covering` cover. */
  const looksAt = (
    { authority, key, target }: RoutedRequest,
    method: string,
    covering: readonly BoundCredential[],
  ): Looks => {
    const path = pathOf(target);
    const off =
      scans.patternsOff(authority, method, path) ||
      covering.some(
        ({ credential: one }) => one.readsConversation === true || one.patterns === "off",
      );
    return {
      scanner: credentials.scannerFor(key),
      patterns: off ? undefined : patterns,
      anyEncoding: scans.anyEncoding(authority, method, path),
    };
  };

  const allowsName = (authority: Authority, key: string): boolean => {
    const bound = credentials.at(key).length > 0;
    return openPolicy || (bound ? !policy.deniesName(authority) : policy.allowsName(authority));
  };

  const mayPass = (authority: Authority, key: string): boolean =>
    credentials.at(key).length === 0 && policy.splices(authority);

  return {
    allowsName,
    mayPass,
    judgeTunnel(authority, key, head) {
      if (!allowsName(authority, key)) throw hostNotAllowed(authority);
      if (isAddressLiteral(authority.host) && !openPolicy) throw addressTunnel();
      scanHead({ scanner: credentials.scannerFor(key), patterns, anyEncoding: false }, head);
      // A host that has a credential is read, whatever its rule says.
      return { spliced: mayPass(authority, key), h2: policy.speaksH2(authority) };
    },
    judgeRequest(routed, head) {
      const { authority, key } = routed;
      const path = pathOf(routed.target);
      const bound = credentials.at(key);
      if (bound.length === 0) {
        if (!openPolicy && !policy.allows(authority, head.method, path))
          throw policy.allowsName(authority) ? requestNotAllowed() : hostNotAllowed(authority);
        if (!openPolicy && !policy.names(authority) && asksDns(head.fields)) throw dnsQuestion();
        if (!openPolicy && policy.looksAtRequests(authority)) refuseOverrides(head, routed.target);
        const looks = looksAt(routed, head.method, bound);
        const mayBring = policy.allowsForeign(authority, head.method, path);
        // Where the agent may bring a token of its own, the head is where it brings it.
        scanHead(mayBring ? { ...looks, patterns: undefined } : looks, head);
        const { target } = routed;
        const foreign =
          foreignField(head.fields, authority) ?? foreignParameter(head.method, target);
        if (foreign !== undefined && !mayBring) throw foreignCredential(foreign);
        return { routed, target, bound: undefined, judge: undefined, rewrite: undefined, looks };
      }
      const plain = bound.some(({ credential }) => credential.scopedNames === true)
        ? scopedPath(path)
        : path;
      const comparable = comparablePath(plain);
      if (policy.denies(authority, head.method, plain)) throw requestNotAllowed();
      const covering = bound.filter(({ rules }) =>
        rules.some((rule) => rule.covers(head.method, comparable)),
      );
      if (covering.length === 0) throw credentialRule(bound);
      refuseOverrides(head, routed.target);
      const looks = scanHead(looksAt(routed, head.method, covering), head);
      const chosen = covering.find((one) => one.presented(head.fields, routed.target));
      if (chosen === undefined) throw placeholderMissing(covering);
      if (!mayCarrySecret(authority)) throw needsTls();
      const { query, judgeHead, judges, rewrites } = chosen.credential;
      const { method } = head;
      // Other fields are taken out of the head; of a list and of a target nothing is.
      const foreign =
        foreignProtocol(head.fields) ?? foreignParameter(method, routed.target, query?.name);
      if (foreign !== undefined) throw beside(foreign);
      const asked = queryOf(routed.target);
      const verdict = judgeHead?.({ method, path, query: asked, fields: head.fields });
      if (verdict?.ok === false) throw refusalOf(verdict);
      return {
        routed,
        target: injectedTarget(routed.target, query),
        bound: chosen,
        judge: judges?.find((judge) => judge.covers(method, comparable)),
        rewrite: rewrites?.find((rewrite) => rewrite.covers(method, comparable, asked)),
        looks,
      };
    },
    dialectAt: (key) => credentials.at(key)[0]?.credential.dialect ?? "plain",
  };
}

function hostNotAllowed(authority: Authority): Refusal {
  return new Refusal("host-not-allowed", "The manifest does not allow this host and port.", {
    reason: `no rule allows ${authority.host} on port ${authority.port} by ${authority.scheme}, or one denies it`,
  });
}

/** The bottle's certificate authority speaks for names alone (DESIGN section 5). */
function addressTunnel(): Refusal {
  return new Refusal(
    "address-tunnel",
    "There is no tunnel to an address: use plain http through the proxy, or a route.",
  );
}

function requestNotAllowed(): Refusal {
  return new Refusal(
    "request-not-allowed",
    "The manifest does not allow this method and path on this host.",
  );
}

function dnsQuestion(): Refusal {
  return new Refusal(
    "request-not-allowed",
    "The manifest does not allow DNS over HTTPS on this host.",
    { reason: "only a rule with the very name of the host allows it" },
  );
}

function credentialRule(bound: readonly BoundCredential[]): Refusal {
  return new Refusal(
    "credential-rule",
    "The credential for this host does not cover this method and path.",
    {
      reason: `no rule of ${names(bound)} covers it`,
    },
  );
}

function placeholderMissing(bound: readonly BoundCredential[]): Refusal {
  return new Refusal("placeholder-missing", "This host needs the placeholder of its credential.", {
    reason: `the placeholder of ${names(bound)} was not presented`,
  });
}

/** Readable for whoever can change the manifest: which header it was, and which key lifts it. */
function foreignCredential(what: string): Refusal {
  return new Refusal(
    "foreign-credential",
    `The request brings a credential of its own in ${what}; where the owner wants that, the host's rule says foreignCredentials: allow.`,
  );
}

function beside(what: string): Refusal {
  return new Refusal(
    "foreign-credential",
    `The request brings a credential of its own in ${what}, beside the one that the gateway adds.`,
  );
}

function needsTls(): Refusal {
  return new Refusal(
    "credential-needs-tls",
    "A credential goes over plain http only to an address that the manifest names.",
  );
}

/** What a judge found. */
export function refusalOf(verdict: Exclude<Verdict, { ok: true }>): Refusal {
  const { code, message, reason = message, answer } = verdict;
  return new Refusal(code, message, { reason, answer });
}

function names(bound: readonly BoundCredential[]): string {
  return bound.map(({ credential }) => credential.name).join(", ");
}
