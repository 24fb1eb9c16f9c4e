/** Names formats that are not read, so that nobody looks for a fault in their first line. */

import type { FileContent } from "./reader.ts";

/** What a file is and what to do with it, if it is known and no reader takes it. */
export function nameOther({ bytes, head }: FileContent): string | undefined {
  const magic = formats.find(({ begins }) => begins.every((byte, i) => bytes[i] === byte));
  if (magic) return magic.what;
  const text = head.trimStart();
  if (/^(?:\{\s*["}]|\[\s*(?:\{|\]))/.test(text)) return "JSON of no tool that is known: see docs/formats.md";
  if (/^[TREAMN#]\d+\t\S+ \d+ \d+(?:;\d+ \d+)*\t/.test(text)) {
    return "annotations of brat (.ann), whose text stands in a .txt file beside it: give their folder";
  }
  if (/^<(?:\?xml|!DOCTYPE|html|TEI)/i.test(text)) return "XML or HTML: export it in columns";
  if (/^[^\t\n]*\b(?:word|token)\b[^\t\n]*,[^\t\n]*\b(?:tag|label|ner)\b/i.test(text)) {
    return "a table with commas (CSV): put tabs between the columns and a blank line between sentences";
  }
  return undefined;
}

const formats: readonly { readonly begins: readonly number[]; readonly what: string }[] = [
  { begins: [0x1f, 0x8b], what: "a file packed by gzip: unpack it" },
  { begins: [0x25, 0x50, 0x44, 0x46], what: "PDF: extract its text" },
  { begins: [0x89, 0x50, 0x4e, 0x47], what: "a picture" },
  { begins: [0xff, 0xfe], what: "text in UTF-16: save it as UTF-8" },
  { begins: [0xfe, 0xff], what: "text in UTF-16: save it as UTF-8" },
];
