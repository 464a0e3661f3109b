/** What a request to an npm registry is about, by its path (npm's registry API, and what npm 11 asks for). */

export type Asked =
  | { readonly kind: "read" }
  /** Names and versions of what is installed; answered by known faults of these. */
  | { readonly kind: "advisories" }
  /** The whole document of one package. */
  | { readonly kind: "package"; readonly name: string }
  | undefined;

const part = String.raw`[\w~-][\w.~-]{0,213}`;
const name = `(?:@${part}/)?${part}`;
/** A version, a range or a tag; a plus sign belongs to builds. */
const version = String.raw`[\w.~^*<>=+-]{1,100}`;

const packagePath = new RegExp(`^/(${name})$`);
const readPaths: readonly RegExp[] = [
  new RegExp(`^/${name}/${version}$`),
  // Registries differ in what follows the dash; it is always a file of that package.
  new RegExp(`^/${name}/-/(?:@${part}/)?${part}\\.tgz$`),
  new RegExp(`^/-/package/${name}/dist-tags$`),
  new RegExp(`^/-/npm/v1/attestations/${name}@${version}$`),
  /^\/-\/npm\/v1\/keys$/,
  /^\/-\/v1\/search$/,
  /^\/-\/ping$/,
];
const advisoryPaths = /^\/-\/npm\/v1\/security\/(?:advisories\/bulk|audits(?:\/quick)?)$/;

/** `path` below the registry's own, as it was sent: `@scope%2fname` is read as it is meant. */
export function askedFor(method: string, path: string): Asked {
  const plain = path.replace(
    /^(\/(?:-\/(?:package|npm\/v1\/attestations)\/)?@[\w.~-]+)%2f/i,
    "$1/",
  );
  const found = packagePath.exec(plain)?.[1];
  if (method === "GET" || method === "HEAD") {
    // `/-/…` is the registry's own; no package has that name.
    const reads =
      (found !== undefined && found !== "-") || readPaths.some((one) => one.test(plain));
    return reads &&
      !/^\/-\/(?:user|org|team|whoami|package\/[^/]+\/(?:access|collaborators))/.test(plain)
      ? { kind: "read" }
      : undefined;
  }
  if (method === "POST" && advisoryPaths.test(plain)) return { kind: "advisories" };
  return method === "PUT" && found !== undefined ? { kind: "package", name: found } : undefined;
}
