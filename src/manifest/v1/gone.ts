/** Keys of the old form that have no equal, each refused with the way to do it now. */
import type { Type } from "../check/type.ts";
import { parseHost } from "../formats/host.ts";
import type { Tree } from "../tree.ts";
import { lookUp } from "../tree.ts";

/** `ssh` and `git` both brought a key into the agent's reach, by ssh; a bottle has no way out for ssh. */
const ways: Readonly<Record<"ssh" | "git" | "tokens", string>> = {
  ssh: "There is no ssh out of a bottle, and no key inside",
  git: "There is no git gate and no ssh out of a bottle",
  tokens: "Tokens are named by routes",
};

/** Nothing, or an error that names what serves instead. */
export function gone(key: keyof typeof ways): Type<readonly never[]> {
  return {
    name: "nothing",
    json: { type: "array", maxItems: 0 },
    read(tree, report) {
      const items = tree.kind === "list" ? tree.items : tree.kind === "map" ? tree.entries : [tree];
      if (items.length === 0) return [];
      report.add(tree.at, {
        code: "E_MANIFEST_OLD",
        what: `"${key}" of the old form cannot be used any more.`,
        why: `${ways[key]}.`,
        next:
          `Remove it, and let the gateway hold a token: under cred_proxy.routes write {"path": "/git/", ` +
          `"upstream": "https://${hostOf(tree)}", "auth_scheme": "token", "token_ref": "GIT_HOST_TOKEN", "role": "git-insteadof"}` +
          (key === "tokens" ? "." : ", and use https in the remotes."),
      });
      return undefined;
    },
  };
}

/** The host that was meant, if it can be seen. */
function hostOf(tree: Tree): string {
  const first = tree.kind === "list" ? tree.items[0] : undefined;
  for (const key of ["Hostname", "Host"]) {
    const found = lookUp(first, key);
    const value = found?.kind === "scalar" && typeof found.value === "string" ? found.value : "";
    const host = value.includes(".")
      ? parseHost(value, { wildcard: false, wide: false })
      : undefined;
    if (host?.ok === true) return host.value;
  }
  return "git.example.com";
}
