/** Adds to an agent's recipe what the manifest shares with the bottle. */
import type { AgentContext, AgentRecipe } from "../agent.ts";
import type { LaunchOrder } from "../control.ts";

export function furnished(
  recipe: AgentRecipe,
  { plan, furniture }: LaunchOrder,
  { credentials }: Pick<AgentContext, "credentials">,
): AgentRecipe {
  const { mounts, seeds, brought } = furniture;
  // Nobody's address (RFC 2606 section 2), and one that says which bottle it was.
  const author = furniture.author ?? { name: plan.agent.name, email: `${plan.id}@bottle.invalid` };
  return {
    ...recipe,
    mounts: [
      ...recipe.mounts,
      ...mounts.map(({ source, target }) => ({ source, target, mode: "ro" }) as const),
    ],
    seeds: [
      ...recipe.seeds,
      { path: ".gitconfig", content: gitConfig(author), mode: 0o600 },
      ...credentialSeeds(credentials),
      ...seeds.map((seed) => ({ ...seed, mode: 0o600 })),
      ...(brought?.files ?? []).map(({ path, content, mode }) => ({
        path,
        content: Buffer.from(content, "base64"),
        mode,
      })),
    ],
  };
}

/** Two credentials may be known to one program, which has one file for both. */
function credentialSeeds(credentials: AgentContext["credentials"]): AgentRecipe["seeds"] {
  const byPath = new Map<string, string>();
  for (const { path, head = "", content } of credentials.flatMap(({ inside }) => inside.seeds))
    byPath.set(path, (byPath.get(path) ?? head) + content);
  return [...byPath].map(([path, content]) => ({ path, content, mode: 0o600 }));
}

/**
 * The agent's own to change. A folder that is mounted belongs to somebody that the bottle does not know: git would not read a
 * repository in it (git-config(1), "safe.directory"), and inside of a bottle there is nobody to be kept from.
 */
function gitConfig({ name, email }: { readonly name: string; readonly email: string }): string {
  return `[user]\n\tname = ${quoted(name)}\n\temail = ${quoted(email)}\n[safe]\n\tdirectory = *\n`;
}

/** git-config(1), "Syntax": the rest of what it would read otherwise was refused before. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}
