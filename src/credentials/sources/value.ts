/** What a secret's value must be, so that it can stand in a header and be searched for; errors never show it. */
import { BottleError } from "../../errors/error.ts";

/** Shorter values would be found by chance in every answer, and blocked. */
const minLength = 8;
/** Servers take heads of about this size. */
const maxLength = 8192;

/** The value, or E_SECRET_VALUE naming where it came from. */
export function checkSecret(value: string, from: string): string {
  const wrong = fault(value);
  if (wrong === undefined) return value;
  throw new BottleError({
    code: "E_SECRET_VALUE",
    what: `The secret from ${from} ${wrong}.`,
    why: "The value is not shown.",
    next: "Put the secret there alone, on one line.",
  });
}

function fault(value: string): string | undefined {
  if (value === "") return "is empty";
  if (value.length < minLength) return `is shorter than ${minLength} characters`;
  if (value.length > maxLength) return `is longer than ${maxLength} characters`;
  if (/[\r\n]/.test(value)) return "has more than one line";
  if (/[^\u0020-\u007e]/.test(value)) return "has control characters or characters outside ASCII";
  return value.trim() === value ? undefined : "begins or ends with a space";
}

/** Bytes from a file or a program as a value: one newline at the end is the editor's, not the secret's. */
export function secretFromBytes(bytes: Buffer, from: string): string {
  // latin1 keeps every byte apart, so that nothing outside ASCII becomes something else before it is refused.
  return checkSecret(bytes.toString("latin1").replace(/\r?\n$/, ""), from);
}
