/** The owner's public key: one line of an authorized_keys file (sshd(8)) without options. */

const kinds =
  "ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com";
const line = new RegExp(`^(${kinds}) ([A-Za-z0-9+/]{16,2000}={0,2})(?: .*)?$`);

/** Its kind and value, without the comment, which may name the owner; undefined for anything else. */
export function readPublicKey(text: string): string | undefined {
  const [, kind, value] = line.exec(text.trim()) ?? [];
  if (kind === undefined || value === undefined) return undefined;
  // The value begins with its kind once more (RFC 4253 6.6).
  const blob = Buffer.from(value, "base64");
  const length = blob.length < 4 ? 0 : blob.readUInt32BE();
  return blob.subarray(4, 4 + length).toString("latin1") === kind ? `${kind} ${value}` : undefined;
}
