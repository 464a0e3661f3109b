/** A tar archive (POSIX.1-2017, pax, "ustar Interchange Format") of a few small files, as the build API takes its context. */

const block = 512;

/** Files by name; names are ours, short and without folders. */
export function tarOf(files: ReadonlyMap<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, content] of files) {
    parts.push(headOf(name, content.length), content);
    parts.push(Buffer.alloc((block - (content.length % block)) % block));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

/** Nobody's, and of no time: the same files are the same archive, and the Engine's cache knows it. */
function headOf(name: string, size: number): Buffer {
  if (!/^[A-Za-z0-9._-]{1,99}$/.test(name)) throw new RangeError(`no name for an archive: ${name}`);
  const head = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void =>
    void head.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  head.write(name, 0, "latin1");
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  head.write("        ", 148, "latin1");
  head.write("0", 156, "latin1");
  head.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of head) sum += byte;
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return head;
}
