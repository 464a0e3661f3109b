/** Whether a body says that its bytes are not its content: what is encoded can be neither judged nor scrubbed. */
import type { Fields } from "./fields.ts";

/** Every field counts: of two, programs believe the first, the last, or both (RFC 9110 sections 5.3 and 8.4). */
export function isEncoded({ lowers, values }: Fields): boolean {
  return lowers.some(
    (lower, index) =>
      lower === "content-encoding" && (values[index] as string).toLowerCase() !== "identity",
  );
}

/** Whether every `Content-Type` that is given says JSON in UTF-8: a judge must read what the service will read. */
export function mayBeJson({ lowers, values }: Fields): boolean {
  return lowers.every(
    (lower, index) =>
      lower !== "content-type" ||
      /^application\/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?$/i.test(values[index] as string),
  );
}
