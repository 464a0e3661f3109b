/** The little of DNS that probe and canary need: one query out, one name back (RFC 1035 section 4). */

const headerLength = 12;

/** A query for the A record of `name`, recursion desired. */
export function dnsQuery(name: string): Buffer {
  const labels = name.split(".").map((label) => {
    const text = Buffer.from(label, "ascii");
    return Buffer.concat([Buffer.of(text.length), text]);
  });
  const header = Buffer.of(0x42, 0x42, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0);
  return Buffer.concat([header, ...labels, Buffer.of(0, 0, 1, 0, 1)]);
}

/** The name a query asks for, or undefined where it is none; anybody may have sent it. */
export function dnsQuestion(message: Buffer): string | undefined {
  const labels: string[] = [];
  let at = headerLength;
  for (let length = message[at]; length !== undefined; length = message[at]) {
    if (length === 0) return labels.join(".");
    // Longer is a compression pointer (section 4.1.4), which no first question has.
    if (length > 63 || at + 1 + length > message.length || labels.length > 127) return undefined;
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}
