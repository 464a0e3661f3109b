/** Cuts what an engine reads into texts that it takes, each with the end of the one before it. */

/** Bytes of one window that the next one begins with: what is spread over a cut is whole in one of them. */
export const overlap: number = 8 * 1024;

/**
 * Texts of at most `limit` bytes of UTF-8. What is no UTF-8 becomes U+FFFD, three bytes for one, so how many bytes fit is known
 * when they are read.
 */
export function* windows(data: Buffer, limit: number): Generator<string, void> {
  let at = 0;
  while (at < data.length) {
    let size = Math.min(limit, data.length - at);
    let text = data.toString("utf8", at, at + size);
    while (Buffer.byteLength(text) > limit) {
      size = Math.floor(size / 2);
      text = data.toString("utf8", at, at + size);
    }
    yield text;
    if (at + size === data.length) return;
    at += Math.max(1, size - overlap);
  }
}
