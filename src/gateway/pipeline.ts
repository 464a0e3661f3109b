/** The stages that need only a request's head, in their order: policy, scan, placeholder. The body's stages follow in exchange.ts. */
import { isAddressLiteral } from "./authority.ts";
import { mayCarrySecret } from "./bound-credentials.ts";
import type { BoundCredential, BoundCredentials } from "./bound-credentials.ts";
import type { AnswerRewrite, Authority, BodyJudge, Dialect, Verdict } from "./config.ts";
import type { RequestHead } from "./http/request-head.ts";
import { refuseOverrides } from "./override.ts";
import { injectedTarget } from "./inject.ts";
import { comparablePath, pathOf, queryOf } from "./path.ts";
import type { Policy } from "./policy.ts";
import { Refusal } from "./refusal.ts";
import type { RoutedRequest } from "./routed.ts";
import type { Scanner } from "./scan.ts";

/** A request whose head may go out. */
export interface Permit {
  readonly routed: RoutedRequest;
  /** Path and query as they go out. */
  readonly target: string;
  readonly bound: BoundCredential | undefined;
  /** Reads the whole body. */
  readonly judge: BodyJudge | undefined;
  readonly rewrite: AnswerRewrite | undefined;
  /** For the body. */
  readonly scanner: Scanner | undefined;
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
  /** Throws a Refusal. */
  judgeRequest(routed: RoutedRequest, head: RequestHead): Permit;
  /** The dialect in which refusals for this authority are written. */
  dialectAt(key: string): Dialect;
}

export interface PipelineOptions {
  readonly policy: Policy;
  readonly credentials: BoundCredentials;
  /** Tests only: every host is allowed. */
  readonly openPolicy: boolean;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { policy, credentials, openPolicy } = options;

  const scanHead = (key: string, head: RequestHead): Scanner | undefined => {
    const scanner = credentials.scannerFor(key);
    const hit = scanner?.find(head.bytes);
    if (hit !== undefined) throw blockedValue(hit, "head");
    return scanner;
  };

  const allowsName = (authority: Authority, key: string): boolean => {
    const bound = credentials.at(key).length > 0;
    return openPolicy || (bound ? !policy.deniesName(authority) : policy.allowsName(authority));
  };

  return {
    allowsName,
    judgeTunnel(authority, key, head) {
      if (!allowsName(authority, key)) throw hostNotAllowed(authority);
      if (isAddressLiteral(authority.host) && !openPolicy) throw addressTunnel();
      scanHead(key, head);
      // A host that has a credential is read, whatever its rule says.
      const bound = credentials.at(key).length > 0;
      return { spliced: !bound && policy.splices(authority), h2: policy.speaksH2(authority) };
    },
    judgeRequest(routed, head) {
      const { authority, key } = routed;
      const path = pathOf(routed.target);
      const bound = credentials.at(key);
      if (bound.length === 0) {
        if (!openPolicy && !policy.allows(authority, head.method, path))
          throw policy.allowsName(authority) ? requestNotAllowed() : hostNotAllowed(authority);
        if (!openPolicy && policy.looksAtRequests(authority)) refuseOverrides(head, routed.target);
        const scanner = scanHead(key, head);
        const { target } = routed;
        return { routed, target, bound: undefined, judge: undefined, rewrite: undefined, scanner };
      }
      const comparable = comparablePath(path);
      if (policy.denies(authority, head.method, path)) throw requestNotAllowed();
      const covering = bound.filter(({ rules }) =>
        rules.some((rule) => rule.covers(head.method, comparable)),
      );
      if (covering.length === 0) throw credentialRule(bound);
      refuseOverrides(head, routed.target);
      const scanner = scanHead(key, head);
      const chosen = covering.find((one) => one.presented(head.fields, routed.target));
      if (chosen === undefined) throw placeholderMissing(covering);
      if (!mayCarrySecret(authority)) throw needsTls();
      const { query, judgeHead, judges, rewrites } = chosen.credential;
      const { method } = head;
      const asked = queryOf(routed.target);
      const verdict = judgeHead?.({ method, path, query: asked, fields: head.fields });
      if (verdict?.ok === false) throw refusalOf(verdict);
      return {
        routed,
        target: injectedTarget(routed.target, query),
        bound: chosen,
        judge: judges?.find((judge) => judge.covers(method, comparable)),
        rewrite: rewrites?.find((rewrite) => rewrite.covers(method, comparable, asked)),
        scanner,
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

/** A value that may not leave was found. */
export function blockedValue(name: string, where: "head" | "body"): Refusal {
  return new Refusal("blocked-value", "The request holds a value that may not leave.", {
    reason: `${name} was in the ${where}`,
  });
}

function names(bound: readonly BoundCredential[]): string {
  return bound.map(({ credential }) => credential.name).join(", ");
}
