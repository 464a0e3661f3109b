/** Routes of the old cred_proxy: each is a secret of the environment for one upstream, and so a credential. */
import { byKind } from "../check/by-kind.ts";
import { list, unique } from "../check/collection.ts";
import { object, refine } from "../check/object.ts";
import type { Format } from "../check/scalar.ts";
import { bad, choice, good, text } from "../check/scalar.ts";
import type { Type } from "../check/type.ts";
import { baseUrlFormat } from "../formats/base-url.ts";
import { isVariable } from "../formats/name.ts";
import { quote } from "../quote.ts";

const roles = ["anthropic-base-url", "npm-registry", "git-insteadof", "tea-login"] as const;
export type Role = (typeof roles)[number];

export interface Route {
  readonly path: string;
  readonly upstream: string;
  readonly auth_scheme: string;
  readonly token_ref: string;
  readonly role: readonly Role[];
}

const pathFormat: Format<string> = {
  name: "a path",
  json: { pattern: "^/" },
  parse: (value) =>
    /^\/[\w./-]{0,128}$/.test(value)
      ? good(value)
      : bad("E_MANIFEST_VALUE", `${quote(value)} is not a path.`, "Write it like /gitea/."),
};

/** RFC 9110 section 11.1: a scheme is a token. */
const schemeFormat: Format<string> = {
  name: "an authentication scheme",
  json: { pattern: "^[A-Za-z][A-Za-z0-9-]*$" },
  parse: (value) =>
    /^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(value)
      ? good(value)
      : bad("E_MANIFEST_VALUE", "This is not an authentication scheme.", "Write Bearer or token."),
};

/** Not quoted: somebody may have written the token itself. */
const variableFormat: Format<string> = {
  name: "the name of a variable",
  json: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
  parse: (value) =>
    isVariable(value)
      ? good(value)
      : bad(
          "E_MANIFEST_VALUE",
          "The value is not the name of a variable; it is not shown.",
          "Write the name of the variable that holds the token.",
        ),
};

const role: Type<Role> = choice(roles);

const route: Type<Route> = object<Route>("a route", {
  path: { type: text(pathFormat), doc: "The path it had at the old proxy.", required: true },
  upstream: { type: text(baseUrlFormat), doc: "The URL that gets the token.", required: true },
  auth_scheme: {
    type: text(schemeFormat),
    doc: "What stands before the token in the header.",
    fallback: "Bearer",
  },
  token_ref: { type: text(variableFormat), doc: "The variable with the token.", required: true },
  role: {
    type: byKind<readonly Role[]>({
      text: refine(role, (one) => [one]),
      list: unique(list(role), (one) => one),
    }),
    doc: "What the route is for.",
    fallback: [],
  },
});

/** Two routes at one path, or two for what there is only one of, were refused before, too. */
export const routes: Type<readonly Route[]> = refine(
  unique(list(route), ({ path }) => path),
  (all, tree, report) => {
    for (const single of ["anthropic-base-url", "npm-registry"] as const) {
      const second = all.filter((one) => one.role.includes(single))[1];
      if (second === undefined) continue;
      const item = tree.kind === "list" ? tree.items[all.indexOf(second)] : undefined;
      report.add(item?.at ?? tree.at, {
        code: "E_MANIFEST_CONFLICT",
        what: `Two routes have the role ${single}.`,
        next: "Keep one of the two.",
      });
      return undefined;
    }
    return all;
  },
);
