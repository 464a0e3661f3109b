/** The forms in which a secret is looked for: as it is, base64 at every alignment and in both alphabets, and hex. */

export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Bytes; what is shorter is found everywhere by chance. */
const minLength = 8;

/** Every form of every value; a value too short to be told from chance is refused. */
export function needlesOf(
  values: readonly { readonly name: string; readonly value: string }[],
): readonly Needle[] {
  return values.flatMap(({ name, value }) => {
    const raw = Buffer.from(value, "utf8");
    if (raw.length < minLength)
      throw new RangeError(`${name} is too short to be searched for: under ${minLength} bytes`);
    const texts = new Set<string>();
    for (const shift of [0, 1, 2]) {
      for (const alphabet of ["base64", "base64url"] as const)
        texts.add(stableBase64(raw, shift, alphabet));
    }
    const hex = raw.toString("hex");
    texts.add(hex).add(hex.toUpperCase());
    return [raw, ...[...texts].map((text) => Buffer.from(text, "latin1"))].map((bytes) => ({
      name,
      bytes,
    }));
  });
}

/**
 * The characters of the base64 text that depend on the value alone when it stands `shift` bytes after a group's start:
 * those that share bits with a neighbour are left out (RFC 4648 section 4: 3 bytes are 4 characters).
 */
function stableBase64(raw: Buffer, shift: number, alphabet: "base64" | "base64url"): string {
  const text = Buffer.concat([Buffer.alloc(shift), raw]).toString(alphabet);
  const first = Math.ceil((shift * 8) / 6);
  const last = Math.floor(((shift + raw.length) * 8) / 6);
  return text.slice(first, last);
}
