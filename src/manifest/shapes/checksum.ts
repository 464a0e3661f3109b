/** The sum that GitHub and npm put at the end of a token: CRC-32 of what stands before it, in base62 with six digits. */
import { crc32 } from "node:zlib";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const length = 6;

/** Whether the sum at the end of `rest` is right. */
export function hasChecksum(rest: string): boolean {
  let sum = crc32(rest.slice(0, -length));
  let text = "";
  for (let index = 0; index < length; index += 1) {
    text = `${digits[sum % digits.length] as string}${text}`;
    sum = Math.floor(sum / digits.length);
  }
  return rest.endsWith(text);
}
