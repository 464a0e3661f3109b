/** Distinguished names (RFC 5280 section 7.1) as text to compare: one CA writes its name with other string types than the next. */
import { elementsOf, notDer, onlyElement } from "./der-reader.ts";
import type { Element } from "./der-reader.ts";

/** UTF8String, PrintableString, TeletexString, IA5String. */
const texts: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16]);
const bmpString = 0x1e;

/** Equal for names that mean the same: without case, and with single spaces. */
export function distinguishedNameKey(der: Buffer): string {
  const parts: string[] = [];
  for (const set of elementsOf(onlyElement(der, 0x30).content)) {
    const pairs: string[] = [];
    for (const pair of elementsOf(set.content)) {
      const [type, value] = elementsOf(pair.content);
      if (type === undefined || value === undefined) throw notDer();
      pairs.push(`${type.content.toString("hex")}=${JSON.stringify(valueOf(value))}`);
    }
    parts.push(pairs.toSorted().join("+"));
  }
  return parts.join(",");
}

function valueOf({ tag, content, whole }: Element): string {
  if (texts.has(tag)) return folded(content.toString("utf8"));
  if (tag === bmpString && content.length % 2 === 0)
    return folded(Buffer.from(content).swap16().toString("utf16le"));
  return `#${whole.toString("hex")}`;
}

function folded(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}
