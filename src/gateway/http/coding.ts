/** How a body says that it is compressed (RFC 9110 section 8.4). */
import type { Fields } from "./fields.ts";

/** The encodings that can be read as they come. */
export type Coding = "gzip" | "deflate";

/** From the outermost inwards; `br` can be read whole alone, and what is `unknown` not at all. */
export type Codings = readonly Coding[] | "br" | "unknown";

/** More than anybody needs. */
const most = 3;

/** All fields together, as they were applied. */
export function codingsOf({ lowers, values }: Fields): Codings {
  const applied = values
    .filter((_, index) => lowers[index] === "content-encoding")
    .flatMap((value) => value.split(","))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "identity" && name !== "");
  if (applied.length === 1 && applied[0] === "br") return "br";
  const known = applied.map((name) => (name === "x-gzip" ? "gzip" : name));
  const readable = known.filter((name): name is Coding => name === "gzip" || name === "deflate");
  if (readable.length < applied.length || applied.length > most) return "unknown";
  return readable.toReversed();
}
