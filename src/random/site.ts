import { fnv1a } from "../hash.ts";

const utf8 = new TextEncoder();

/**
 * The number of a place where random bits are drawn, from its stable name, such as "layer.3.attention":
 * FNV-1a over the UTF-8 bytes. A name stays what it is when layers are added or recomputed; a counter of
 * operations would not.
 */
export function siteHash(name: string): number {
  return fnv1a(utf8.encode(name));
}
