/** Who commits inside a bottle are by. */
import { object, refine, shortOrLong } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { authorEmailFormat, authorNameFormat } from "./formats/identity.ts";
import type { GitIdentity } from "./manifest.ts";

interface Named {
  readonly name: string;
  readonly email: string;
}

export const gitIdentity: Type<GitIdentity> = shortOrLong<GitIdentity>(
  refine<"none" | "host", GitIdentity>(choice(["none", "host"]), (kind) => ({ kind })),
  refine<Named, GitIdentity>(
    object<Named>("an author", {
      name: { type: text(authorNameFormat), doc: "The author's name.", required: true },
      email: { type: text(authorEmailFormat), doc: "The author's address.", required: true },
    }),
    (named) => ({ kind: "named", ...named }),
  ),
);
